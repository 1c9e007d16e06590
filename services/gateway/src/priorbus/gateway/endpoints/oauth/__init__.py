"""The OAuth endpoints of SMART Backend Services (Conventions 3.4)."""
