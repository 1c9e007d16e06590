"""What models of answers are made of. They describe; nothing is validated with them while requests are answered."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Shown(BaseModel):
    """An object in an answer: camelCase members, open for members to come."""

    model_config = ConfigDict(alias_generator=to_camel)


def absent() -> Any:
    """The default of a member that is left out when it has no value."""
    return Field(default=None)


Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
FreeObject = dict[str, Any]
