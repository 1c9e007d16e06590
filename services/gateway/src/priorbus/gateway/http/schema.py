"""Schema errors of a body: collected, not raised, because the owner answers them after its own checks (Conventions 4.2)."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from priorbus.contracts.replies import Issue, Refusal

B = TypeVar("B", bound=BaseModel)

BAD_REQUEST = "bad_request"
MAX_ISSUES = 100
MAX_POINTER = 300
At = tuple[str | int, ...]
"""A place in a body: member names and array indexes."""
_TEXTS = {
    "missing": "A required member is missing.",
    "unknown_property": "This member is unknown.",
    "invalid_type": "The value has the wrong type.",
    "invalid_value": "The value is not allowed.",
}
_OF_A_NAME = "[key]"
"""What pydantic adds to the place of a member whose name is refused; a JSON Pointer to the member has no such step."""
_KINDS = {"missing": "missing", "extra_forbidden": "unknown_property"}


class Body(BaseModel):
    """A request body: camelCase members, unknown ones refused, nothing coerced."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel, hide_input_in_errors=True)


def pointer(at: At) -> str:
    """The JSON Pointer (RFC 6901) of a place, cut where a client's names are too long to be of use."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in at)[:MAX_POINTER]


class Findings:
    """The schema errors of one body, at most 100. `code` is what they are refused with."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self.code = BAD_REQUEST

    def add(self, code: str, at: At) -> None:
        """Note an error at a place."""
        if len(self.issues) < MAX_ISSUES:
            self.issues.append(Issue(code=code, message=_TEXTS[code], field=pointer(at)))

    def is_object(self, value: Any, at: At) -> bool:
        """Whether the value is an object; noted if not."""
        return self._is(dict, value, at)

    def is_array(self, value: Any, at: At) -> bool:
        """Whether the value is an array; noted if not."""
        return self._is(list, value, at)

    def is_string(self, value: Any, at: At) -> bool:
        """Whether the value is a string; noted if not."""
        return self._is(str, value, at)

    def _is(self, kind: type, value: Any, at: At) -> bool:
        if isinstance(value, kind):
            return True
        self.add("invalid_type", at)
        return False

    def members(self, value: Mapping[str, Any], at: At, *, allowed: Collection[str], required: Collection[str] = ()) -> bool:
        """Whether an object has only allowed members and all required ones; each difference is noted."""
        unknown = [name for name in value if name not in allowed]
        missing = [name for name in required if name not in value]
        for name in unknown:
            self.add("unknown_property", (*at, name))
        for name in missing:
            self.add("missing", (*at, name))
        return not unknown and not missing

    def validated(self, model: type[B], body: Any) -> B | None:
        """The body as a model; None, and every error noted, if it is not one."""
        try:
            return model.model_validate(body)
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_input=False, include_context=False):
                self.add(_kind(detail), _place(detail))
            return None

    @property
    def refused(self) -> bool:
        """Whether the body can not be taken."""
        return bool(self.issues) or self.code != BAD_REQUEST

    def refusal(self) -> dict[str, Any]:
        """The refusal as commands carry it."""
        return Refusal(code=self.code, issues=tuple(self.issues)).model_dump(mode="json")

    def as_json(self) -> list[dict[str, Any]]:
        """The issues as commands carry them."""
        return [issue.model_dump(mode="json") for issue in self.issues]


def _place(detail: ErrorDetails) -> At:
    at = detail["loc"]
    return at[:-1] if at[-1:] == (_OF_A_NAME,) else at


def _kind(detail: ErrorDetails) -> str:
    name = detail["type"]
    if name in _KINDS:
        return _KINDS[name]
    return "invalid_type" if name.endswith("_type") or name == "model_attributes_type" else "invalid_value"
