"""What this service keeps in MongoDB."""
