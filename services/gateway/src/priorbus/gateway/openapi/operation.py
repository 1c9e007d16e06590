"""What the route table does not say about an operation."""

from dataclasses import dataclass, field

from pydantic import BaseModel

from priorbus.gateway.openapi.schemas import Schema

Key = tuple[str, str]
"""Method and path template, as in the route table."""


@dataclass(frozen=True)
class Operation:
    """`models` are those that the answer's schema refers to. `asynchronous` operations may answer 202 with an operation.

    `errors` are the codes of this operation; those that the route table implies are added to them.
    """

    summary: str
    tag: str
    answer: Schema | None
    models: tuple[type[BaseModel], ...] = ()
    status: int = 200
    request: Schema | None = None
    query: tuple[Schema, ...] = ()
    errors: tuple[str, ...] = ()
    etag: bool = False
    asynchronous: bool = False
    deprecated: bool = False
    path_schema: Schema = field(default_factory=lambda: {"type": "string"})
    """What path parameters are."""
    also: dict[int, Schema] = field(default_factory=dict)
    """Further answers by status."""
    media_type: str = "application/json"
