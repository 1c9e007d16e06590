"""`python -m priorbus.gateway`: the public HTTP API."""

from priorbus.gateway.main import main

main()
