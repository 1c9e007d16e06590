"""Media types of requests and answers (Conventions 2, fhir-pas 4)."""

from functools import lru_cache

JSON = "application/json"
FHIR_JSON = "application/fhir+json"


def fhir_type(accept: str) -> str:
    """What a FHIR answer is called for a client with this `Accept` header (fhir-pas 4)."""
    return JSON if names(accept, JSON) and not names(accept, FHIR_JSON) else f"{FHIR_JSON}; charset=utf-8"


@lru_cache(maxsize=256)
def names(accept: str, media_type: str) -> bool:
    """Whether an `Accept` header wants this very media type."""
    return any(_read(part) == (media_type, True) for part in accept.split(","))


@lru_cache(maxsize=256)
def is_accepted(content_type: str, accepted: tuple[str, ...]) -> bool:
    """Whether a request's `Content-Type` is one of the accepted ones, in UTF-8."""
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [value.strip('"') for name, _, value in (parameter.partition("=") for parameter in parameters) if name.strip() == "charset"]
    return media_type in accepted and all(charset in ("utf-8", "utf8") for charset in charsets)


@lru_cache(maxsize=256)
def satisfies(accept: str, produced: tuple[str, ...]) -> bool:
    """Whether an `Accept` header leaves at least one of the produced media types."""
    if not accept.strip():
        return True
    return any(_matches(part, produced) for part in accept.split(","))


def _matches(media_range: str, produced: tuple[str, ...]) -> bool:
    media_type, wanted = _read(media_range)
    kind, _, subtype = media_type.partition("/")
    fits = media_type == "*/*" or media_type in produced or (subtype == "*" and any(one.startswith(f"{kind}/") for one in produced))
    return wanted and fits


def _read(media_range: str) -> tuple[str, bool]:
    """The media type or range, and whether it is wanted rather than refused."""
    media_type, *parameters = (part.strip().lower() for part in media_range.split(";"))
    return media_type, not any(parameter.replace(" ", "") in ("q=0", "q=0.0", "q=0.00", "q=0.000") for parameter in parameters)
