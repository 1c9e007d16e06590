"""`priorbus-health`: whether the process beside it is ready, for container engines that ask by running a command."""

import os
import sys
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

_SECONDS = 2.5


def main() -> None:
    """Ask the health server on PRIORBUS_HEALTH_PORT; ends by SystemExit, 0 when it is ready."""
    port = int(os.environ.get("PRIORBUS_HEALTH_PORT", "0"))
    with closing(HTTPConnection("127.0.0.1", port, timeout=_SECONDS)) as connection:
        try:
            connection.request("GET", "/health/ready")
            ready = connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            ready = False
    sys.exit(0 if ready else 1)
