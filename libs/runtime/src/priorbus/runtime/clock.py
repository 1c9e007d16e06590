"""The time of day, injected so that tests can hold it still."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def __call__(self) -> datetime:
        """Now: an aware UTC datetime in whole milliseconds, the precision that MongoDB keeps."""


def utc_now() -> datetime:
    """The system's clock; satisfies `Clock`."""
    return to_milliseconds(datetime.now(UTC))


def to_milliseconds(moment: datetime) -> datetime:
    """Cut an instant to whole milliseconds."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def rfc3339(moment: datetime) -> str:
    """In UTC with milliseconds, as operators' commands show it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


class FixedClock:
    """A clock that moves only when told to; satisfies `Clock`."""

    def __init__(self, now: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)) -> None:
        self.now = to_milliseconds(now)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, duration: timedelta) -> None:
        """Let time pass."""
        self.now += duration
