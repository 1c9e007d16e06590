"""One message per file: load, decide, save, record."""
