"""`python -m priorbus.storage`."""

from priorbus.storage.main import main

main()
