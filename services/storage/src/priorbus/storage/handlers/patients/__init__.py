"""Messages about patients, patient cases and patient attachments."""
