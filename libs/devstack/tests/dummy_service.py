"""Stands in for a service process: health, a port if it is given one, an orderly end on SIGTERM, or a crash at start."""

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        settings = {name: value for name, value in os.environ.items() if name.startswith("PRIORBUS_")}
        self.wfile.write(json.dumps(settings).encode())


def main() -> None:
    if "PRIORBUS_CRASH" in os.environ:
        sys.exit("no luck today")
    ports = [os.environ[name] for name in ("PRIORBUS_HEALTH_PORT", "PRIORBUS_HTTP_PORT") if name in os.environ]
    servers = [ThreadingHTTPServer(("127.0.0.1", int(port)), Health) for port in ports]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    signal.sigwait([signal.SIGTERM])


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    main()
