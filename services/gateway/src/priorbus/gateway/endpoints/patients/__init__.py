"""The patient attachments API: patients, their cases and their documents (seed 004, patient-attachments.md)."""
