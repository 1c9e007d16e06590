"""`python -m priorbus.gateway.projector`: projections and public events."""

from priorbus.gateway.projector.main import main

main()
