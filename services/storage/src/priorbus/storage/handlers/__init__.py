"""One module per message."""
