"""`python -m priorbus.fhir_pas`."""

from priorbus.fhir_pas.main import main

main()
