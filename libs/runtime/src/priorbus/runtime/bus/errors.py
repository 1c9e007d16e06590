"""What can go wrong on the bus. No text here ever holds a body or a credential."""


class NotAccepted(Exception):
    """The broker did not confirm a message: disconnected, refused, unroutable, no room or no answer in time.

    It may have arrived all the same (a lost confirm), so send it again under the same id.
    """


class NoReply(Exception):
    """A confirmed command was not answered before the deadline; it will still be carried out."""


class TopologyMismatch(Exception):
    """An exchange or queue exists with other properties than the declared ones, or may not be declared."""
