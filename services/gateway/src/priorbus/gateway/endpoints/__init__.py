"""What each route does: one operation per file."""
