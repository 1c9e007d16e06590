"""Answer objects such as `{"valueString": "x"}`, the same in both styles: written, read and measured (authorizations.md 5.3, 5.5)."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from priorbus.gateway.http.json_body import plain
from priorbus.gateway.http.schema import At, Findings
from priorbus.gateway.presentation.members import Json

MAX_DIGITS = 34
MAX_ANSWER_BYTES = 64 * 1024
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ANSWER_MEMBERS = frozenset(("valueString", "valueBoolean", "valueDate", "valueDecimal", "valueCoding"))
_CODING_MEMBERS = frozenset(("code", "display", "system"))
_INVALID: Json = {"kind": "invalid"}


def render_item(link_id: str, values: Sequence[Any], member: str) -> Json:
    """Stored values under a linkId; `member` is the one that holds the value. May hold an `orjson.Fragment`."""
    if member == "valueCoding":
        return {"linkId": link_id, "answer": [{member: {"code": value}} for value in values]}
    if member == "valueDecimal":
        return {"linkId": link_id, "answer": [{member: orjson.Fragment(value)} for value in values]}
    return {"linkId": link_id, "answer": [{member: value} for value in values]}


def read_item(item: Any, at: At, findings: Findings) -> Json | None:
    """`{linkId, answer}` as the JSON of an AnswerItem. Schema violations go to `findings` with pointers below `at`."""
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
    significant = text.lstrip("-0.").replace(".", "")
    return {"kind": "decimal", "value": text} if len(significant) <= MAX_DIGITS else _INVALID


_READERS = {"valueString": _string, "valueBoolean": _boolean, "valueDate": _date, "valueDecimal": _decimal}


def check_answer_size(answers: Any, findings: Findings) -> None:
    """Refused as too large when the values of a body's answers take more than 64 KiB."""
    if _text_size(answers) > MAX_ANSWER_BYTES:
        findings.code = "payload_too_large"


def _text_size(value: Any) -> int:
    if isinstance(value, dict):
        return sum(_text_size(member) for name, member in value.items() if name != "linkId")
    if isinstance(value, list):
        return sum(map(_text_size, value))
    return len(value.encode(errors="replace")) if isinstance(value, str) else len(str(value))
