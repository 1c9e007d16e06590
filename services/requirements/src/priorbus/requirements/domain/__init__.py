"""The pure rules of the requirements service."""
