"""The wire style of the patient attachments API: snake_case members, int64 ids in strings (patient-attachments.md 3, 10, 12)."""
