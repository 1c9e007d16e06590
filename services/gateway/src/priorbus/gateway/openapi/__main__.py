"""Prints one document: `python -m priorbus.gateway.openapi authorizations`."""

import sys

import orjson

from priorbus.gateway.openapi.documents import documents
from priorbus.gateway.routes import ROUTES

EXAMPLE_BASE_URL = "https://priorbus.example"

if __name__ == "__main__":
    found = documents(ROUTES, EXAMPLE_BASE_URL)[sys.argv[1]]
    sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")
