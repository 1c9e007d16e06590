"""The full question surface of style C: recursive items, sections and repeating groups of type group (authorizations.md 5.1, 5.7)."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from priorbus.contracts.templates import Group, Item, Template
from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.questions import PAYER_REQUESTS, PAYER_REQUESTS_TITLE, Question, payer_questions, value_members
from priorbus.gateway.presentation.style import Surface


def _kind(item: Item) -> Json:
    return {"type": "number" if item.answer_type == "decimal" else item.answer_type}


def _head(link_id: str, text: str, occurs: tuple[int, int] | None = None) -> Json:
    least, most = occurs or (1, 1)
    return {"linkId": link_id, "text": text, "type": "group", "repeats": occurs is not None, "minOccurs": least, "maxOccurs": most}


class _Section:
    """An ordinary group."""

    def __init__(self, group: Group) -> None:
        self._head = _head(group.id, group.title)
        self._questions = [Question(item, item.link_id, _kind(item)) for item in group.items]
        self._link_ids = frozenset(question.link_id for question in self._questions)
        self._whole = orjson.Fragment(orjson.dumps(self._head | {"item": [question.fragment for question in self._questions]}))

    def render(self, surface: Surface, answers: Mapping[str, Any]) -> Any:
        """The group; as a whole from stock when nothing in it deviates."""
        if self._link_ids.isdisjoint(surface):
            return self._whole
        return self._head | {"item": [question.render(surface) for question in self._questions]}


class _RepeatingSection:
    """A repeating group: one group item whose leaves stand for every occurrence and the empty next one."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self._head = _head(group.id, group.title, (group.min_occurs, group.max_occurs))
        self._leaves = [(item, Question(item, item.link_id[len(group.id) + 1 :], _kind(item))) for item in group.items]

    def render(self, surface: Surface, answers: Mapping[str, Any]) -> Json:
        """The group with the state that its leaves have in the occurrences that style B would show."""
        present = len(answers.get(self._group.id, ()))
        shown = min(self._group.max_occurs, max(present + 1, self._group.min_occurs))
        return self._head | {"item": [self._leaf(item, question, surface, shown) for item, question in self._leaves]}

    def _leaf(self, item: Item, question: Question, surface: Surface, shown: int) -> Any:
        states = [surface.get(f"{self._group.id}.{number}.{question.link_id}") for number in range(shown)]
        if not any(states):
            return question.fragment
        return question.deviating(_joined(item, [state or {} for state in states]))


def _joined(item: Item, states: Sequence[Mapping[str, Any]]) -> Json:
    """One leaf for all occurrences: what any of them may take, required where all demand it, worded as in the last one."""
    joined: Json = {
        "active": any(state.get("active") is not False for state in states),
        "required": all(item.required if state.get("required") is None else state["required"] for state in states),
        "text": states[-1].get("text"),
    }
    if all(state.get("options") is not None for state in states):
        joined["options"] = {code for state in states for code in state["options"]}
    return joined


class Form:
    """One template version in style C. Immutable; make one per version."""

    def __init__(self, template: Template) -> None:
        self._sections = [_RepeatingSection(group) if group.repeats else _Section(group) for group in template.groups]
        self.value_members = value_members(template)

    def questionnaire(self, surface: Surface, answers: Mapping[str, Any], payer_requests: Sequence[Mapping[str, Any]]) -> list[Any]:
        """All groups in order, payer requests last."""
        groups = [section.render(surface, answers) for section in self._sections]
        asked = list(payer_questions(payer_requests, surface, _kind))
        if asked:
            groups.append(_head(PAYER_REQUESTS, PAYER_REQUESTS_TITLE) | {"item": asked})
        return groups
