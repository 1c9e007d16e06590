"""`detail: full` of the sandbox payer: every must-support element that the outcome allows (fhir-pas.md 23)."""
