"""Prints the document: `python -m priorbus.gateway.asyncapi`."""

import sys

import orjson

from priorbus.gateway.asyncapi.document import build
from priorbus.gateway.openapi.__main__ import EXAMPLE_BASE_URL

if __name__ == "__main__":
    sys.stdout.write(orjson.dumps(build(EXAMPLE_BASE_URL), option=orjson.OPT_INDENT_2).decode() + "\n")
