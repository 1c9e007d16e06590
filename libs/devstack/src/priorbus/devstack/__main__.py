"""The devstack's command line: `python -m priorbus.devstack`."""

import sys

import typer

from priorbus.devstack.cli import app
from priorbus.devstack.errors import DevstackError

try:
    app(prog_name="devstack")
except DevstackError as error:
    typer.echo(error, err=True)
    sys.exit(1)
