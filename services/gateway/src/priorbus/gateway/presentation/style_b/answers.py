"""Flat answers of style B: `questionnaireResponse.item[]`, written and read (authorizations.md 3.1.2, 5.3, 5.7)."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from priorbus.gateway.http.json_body import plain
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.http.schema import At, Findings
from priorbus.gateway.presentation.members import Json

MAX_DIGITS = 34
MAX_ANSWER_BYTES = 64 * 1024
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ANSWER_MEMBERS = frozenset(("valueString", "valueBoolean", "valueDate", "valueDecimal", "valueCoding"))
_CODING_MEMBERS = frozenset(("code", "display", "system"))
_INVALID: Json = {"kind": "invalid"}


def render_answers(answers: Mapping[str, Any], value_members: Mapping[str, str]) -> Json:
    """Normalised answers as `{"item": [{linkId, answer}]}`."""
    return {"item": list(_items(answers, value_members))}


def _items(answers: Mapping[str, Any], value_members: Mapping[str, str]) -> Iterator[Json]:
    for name, values in answers.items():
        if values and isinstance(values[0], dict):
            for number, occurrence in enumerate(values):
                for leaf, leaf_values in occurrence.items():
                    yield _item(f"{name}.{number}.{leaf}", leaf_values, value_members[f"{name}.{leaf}"])
        elif values:
            yield _item(name, values, value_members.get(name, "valueString"))


def _item(link_id: str, values: list[Any], member: str) -> Json:
    if member == "valueCoding":
        return {"linkId": link_id, "answer": [{member: {"code": value}} for value in values]}
    if member == "valueDecimal":
        return {"linkId": link_id, "answer": [{member: orjson.Fragment(value)} for value in values]}
    return {"linkId": link_id, "answer": [{member: value} for value in values]}


def read_answers(response: Any, at: At, findings: Findings) -> Json | None:
    """A `questionnaireResponse` as the JSON of an AnswerSet. Schema violations go to `findings` with pointers below `at`."""
    if not findings.is_object(response, at) or not findings.members(response, at, allowed={"item"}, required={"item"}):
        return None
    items = response["item"]
    if not findings.is_array(items, (*at, "item")):
        return None
    return {"addressing": "flat", "items": [_read_item(item, (*at, "item", number), findings) for number, item in enumerate(items)]}


def _read_item(item: Any, at: At, findings: Findings) -> Json | None:
    if not findings.is_object(item, at) or not findings.members(item, at, allowed={"linkId", "answer"}, required={"linkId"}):
        return None
    answer = item.get("answer", [])
    if not findings.is_string(item["linkId"], (*at, "linkId")) or not findings.is_array(answer, (*at, "answer")):
        return None
    values = [_read_value(value, (*at, "answer", number), findings) for number, value in enumerate(answer)]
    return {"link_id": item["linkId"], "values": values}


def _read_value(value: Any, at: At, findings: Findings) -> Json | None:
    if not findings.is_object(value, at) or not findings.members(value, at, allowed=_ANSWER_MEMBERS):
        return None
    if len(value) != 1:
        return _INVALID
    ((member, content),) = value.items()
    if member == "valueCoding":
        return _coding(content, (*at, member), findings)
    return _READERS[member](content)


def _coding(content: Any, at: At, findings: Findings) -> Json:
    if not isinstance(content, dict) or not isinstance(content.get("code"), str):
        return _INVALID
    findings.members(content, at, allowed=_CODING_MEMBERS)
    return {"kind": "coding", "value": content["code"]}


def _string(content: Any) -> Json:
    return {"kind": "string", "value": content} if isinstance(content, str) else _INVALID


def _boolean(content: Any) -> Json:
    return {"kind": "boolean", "value": content} if isinstance(content, bool) else _INVALID


def _date(content: Any) -> Json:
    if not isinstance(content, str) or _DATE.fullmatch(content) is None:
        return _INVALID
    try:
        date.fromisoformat(content)
    except ValueError:
        return _INVALID
    return {"kind": "date", "value": content}


def _decimal(content: Any) -> Json:
    if isinstance(content, bool) or not isinstance(content, int | Decimal):
        return _INVALID
    text = plain(Decimal(content))
    digits = sum(character.isdigit() for character in text)
    return {"kind": "decimal", "value": text} if digits <= MAX_DIGITS else _INVALID


_READERS = {"valueString": _string, "valueBoolean": _boolean, "valueDate": _date, "valueDecimal": _decimal}


def check_answer_size(response: Any) -> None:
    """Raises 413 when the values of a `questionnaireResponse` take more than 64 KiB (authorizations.md 5.5)."""
    if _text_size(response) > MAX_ANSWER_BYTES:
        raise Problem("payload_too_large")


def _text_size(value: Any) -> int:
    if isinstance(value, dict):
        return sum(_text_size(member) for name, member in value.items() if name != "linkId")
    if isinstance(value, list):
        return sum(map(_text_size, value))
    return len(value.encode(errors="replace")) if isinstance(value, str) else len(str(value))
