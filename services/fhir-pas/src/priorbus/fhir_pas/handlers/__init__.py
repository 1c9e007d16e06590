"""One message per module."""
