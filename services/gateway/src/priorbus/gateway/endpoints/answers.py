"""Building blocks of answers that several endpoints share."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from priorbus.gateway.http.call import Answer


def json_answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """A JSON answer."""
    return Answer(status, orjson.dumps(body), dict(headers or {}))


def entity_tag(version: int) -> dict[str, str]:
    """The strong entity tag of a version."""
    return {"ETag": f'"{version}"'}


def page_answer(items: Sequence[Any], following: str | None) -> Answer:
    """One page of a list."""
    return json_answer({"data": items, "pagination": pagination(following)})


def pagination(following: str | None) -> dict[str, Any]:
    """Where the next page is, if there is one."""
    return {"hasMore": following is not None, "nextCursor": following}
