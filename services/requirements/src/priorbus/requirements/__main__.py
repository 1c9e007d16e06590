"""`python -m priorbus.requirements`."""

from priorbus.requirements.main import main

main()
