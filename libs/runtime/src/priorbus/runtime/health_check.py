"""`priorbus-health`: whether the process beside it is ready, for container engines that ask by running a command."""

import os
import sys
import urllib.error
import urllib.request

_SECONDS = 2.5


def main() -> None:
    """Ask the health server on PRIORBUS_HEALTH_PORT; ends by SystemExit, 0 when it is ready."""
    url = f"http://127.0.0.1:{os.environ.get('PRIORBUS_HEALTH_PORT', '0')}/health/ready"
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS):
            sys.exit(0)
    except (urllib.error.URLError, OSError):
        sys.exit(1)
