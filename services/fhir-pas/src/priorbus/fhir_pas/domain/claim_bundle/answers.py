"""Reading an authorization's answers by linkId."""

from collections.abc import Iterator

from priorbus.contracts.authorizations import Answers, Occurrence, Scalar


def text(answers: Answers, link_id: str) -> str | None:
    """The first value of a flat item as text, None when it is not answered."""
    value = _first(answers, link_id)
    return value if isinstance(value, str) else None


def flag(answers: Answers, link_id: str) -> bool:
    """Whether a boolean item is answered with true."""
    return _first(answers, link_id) is True


def occurrences(answers: Answers, group: str) -> Iterator[Occurrence]:
    """The occurrences of a repeating group."""
    return (entry for entry in answers.get(group, ()) if isinstance(entry, dict))


def leaf(occurrence: Occurrence, name: str) -> str | None:
    """The first value of a leaf of an occurrence as text."""
    value = next(iter(occurrence.get(name, ())), None)
    return value if isinstance(value, str) else None


def _first(answers: Answers, link_id: str) -> Scalar | None:
    value = next(iter(answers.get(link_id, ())), None)
    return value if isinstance(value, str | bool) else None
