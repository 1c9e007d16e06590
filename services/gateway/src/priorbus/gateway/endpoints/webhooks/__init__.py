"""Webhook endpoints and their deliveries (Conventions 11.1)."""
