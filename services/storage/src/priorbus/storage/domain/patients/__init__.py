"""The rules for patients, patient cases and patient attachments (patient-attachments.md 3 to 7, 10, 12)."""
