"""The devstack's command line: `python -m priorbus.devstack`."""

from priorbus.devstack.cli import app

app(prog_name="devstack")
