"""Errors that any part of the runtime may raise."""


class CannotStart(Exception):
    """Something must be put right by an operator first; the text says what and holds no secret and no data."""
