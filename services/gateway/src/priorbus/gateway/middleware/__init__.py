"""What every request passes on its way to an endpoint, in the order of Conventions 4."""
