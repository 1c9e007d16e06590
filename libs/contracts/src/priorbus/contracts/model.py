"""The base of every contract: immutable, closed, JSON-ready."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """An immutable value that crosses a service boundary; unknown members are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CamelModel(Model):
    """A value whose JSON form is a file or document with camelCase members."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)
