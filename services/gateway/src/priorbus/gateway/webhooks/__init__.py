"""Webhooks: endpoints, their deliveries, and the loop that sends them (Conventions 11)."""
