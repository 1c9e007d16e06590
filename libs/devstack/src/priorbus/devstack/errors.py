"""What goes wrong with a stack, in words for the person at the terminal."""


class DevstackError(Exception):
    """A server or service could not be found, started, reached or controlled; the message says which and why."""


class NotControllableError(DevstackError):
    """The server was given by address, so it is not ours to stop, start or kill."""
