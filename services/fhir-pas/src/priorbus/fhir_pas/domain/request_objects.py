"""Large request bodies in the object store: which may go, and how none goes that somebody still wants (fhir-pas.md 17).

Bytes that come again have the same key. So a request that is kept and the removal of its object meet in one record, and one of both
gives way.
"""

from datetime import datetime, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict

RAW: Final = "raw/"
"""The prefix of the objects: `raw/{tenant}/{sha256}`."""
UNTOUCHED: Final = timedelta(hours=24)
"""How old an object is before anybody asks whom it belongs to: the request that brought it has long been answered."""
_CLOCKS: Final = timedelta(minutes=1)
"""What clocks of two machines may differ."""


class RequestObject(BaseModel):
    """`users` are the kept requests with these bytes, `until` is when the last rejected one ends. `going`: it is being removed.

    `gone_at` is when it was; who brings the bytes later has written the object anew.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    users: tuple[str, ...] = ()
    until: datetime | None = None
    going: bool = False
    gone_at: datetime | None = None


def owner_of(key: str) -> str | None:
    """The tenant of an object, None for a key of another form."""
    match key.split("/"):
        case ["raw", tenant, _]:
            return tenant
    return None


def is_lost(known: RequestObject | None, sent: datetime) -> bool:
    """Whether bytes that were stored before a request was `sent` may have been removed since."""
    return known is not None and (known.going or (known.gone_at is not None and sent <= known.gone_at + _CLOCKS))


def used(known: RequestObject | None, key: str, user: str) -> RequestObject:
    """Kept as long as this request."""
    present = known or RequestObject(key=key)
    return present.model_copy(update={"users": tuple(dict.fromkeys((*present.users, user))), "gone_at": None})


def kept_until(known: RequestObject | None, key: str, end: datetime) -> RequestObject:
    """Kept until then at least."""
    present = known or RequestObject(key=key)
    return present.model_copy(update={"until": max(end, present.until or end), "gone_at": None})


def released(known: RequestObject, user: str) -> RequestObject:
    """One request less."""
    return known.model_copy(update={"users": tuple(one for one in known.users if one != user)})


def may_go(known: RequestObject | None, now: datetime) -> bool:
    """Whether nobody wants the object."""
    return known is None or (not known.users and (known.until is None or known.until <= now))


def going(known: RequestObject | None, key: str) -> RequestObject:
    """Being removed."""
    return (known or RequestObject(key=key)).model_copy(update={"going": True, "gone_at": None})


def gone(known: RequestObject, now: datetime) -> RequestObject:
    """Removed."""
    return known.model_copy(update={"going": False, "until": None, "gone_at": now})
