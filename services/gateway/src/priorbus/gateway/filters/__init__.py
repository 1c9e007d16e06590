"""Filters, order and pages of the patient attachments API, as clients write them (patient-attachments.md 8 and 9). Pure."""
