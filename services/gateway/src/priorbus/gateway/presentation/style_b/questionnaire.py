"""The full editable question surface of style B: groups of flat items (authorizations.md 5.1, 5.7)."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from priorbus.contracts.templates import Group, Item, Template
from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.questions import PAYER_REQUESTS, PAYER_REQUESTS_TITLE, Question, payer_questions, value_members
from priorbus.gateway.presentation.style import Surface


def _kind(item: Item) -> Json:
    return {"answerType": item.answer_type}


class _Section:
    """An ordinary group."""

    def __init__(self, group: Group) -> None:
        self._head: Json = {"id": group.id, "title": group.title}
        self._questions = [Question(item, item.link_id, _kind(item)) for item in group.items]
        self._link_ids = frozenset(question.link_id for question in self._questions)
        self._whole = orjson.Fragment(orjson.dumps(self._head | {"items": [question.fragment for question in self._questions]}))

    def render(self, surface: Surface, answers: Mapping[str, Any]) -> Any:
        """The group; as a whole from stock when nothing in it deviates."""
        if self._link_ids.isdisjoint(surface):
            return self._whole
        return self._head | {"items": [question.render(surface) for question in self._questions]}


class _RepeatingSection:
    """A repeating group: every occurrence and one empty next one, flat."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self._occurrences: list[list[Question]] = []

    def render(self, surface: Surface, answers: Mapping[str, Any]) -> Json:
        """The group with as many occurrences as the answers call for."""
        present = len(answers.get(self._group.id, ()))
        shown = min(self._group.max_occurs, max(present + 1, self._group.min_occurs))
        items = [question.render(surface) for number in range(shown) for question in self._occurrence(number)]
        return {"id": self._group.id, "title": self._group.title, "items": items}

    def _occurrence(self, number: int) -> list[Question]:
        while len(self._occurrences) <= number:
            made, prefix = len(self._occurrences), len(self._group.id) + 1
            questions = [Question(item, f"{self._group.id}.{made}.{item.link_id[prefix:]}", _kind(item)) for item in self._group.items]
            self._occurrences.append(questions)
        return self._occurrences[number]


class Form:
    """One template version in style B. Immutable apart from what it keeps in stock; make one per version."""

    def __init__(self, template: Template) -> None:
        self._sections = [_RepeatingSection(group) if group.repeats else _Section(group) for group in template.groups]
        self.value_members = value_members(template)

    def questionnaire(self, surface: Surface, answers: Mapping[str, Any], payer_requests: Sequence[Mapping[str, Any]]) -> list[Any]:
        """All groups in order, payer requests last."""
        groups = [section.render(surface, answers) for section in self._sections]
        asked = list(payer_questions(payer_requests, surface, _kind))
        if asked:
            groups.append({"id": PAYER_REQUESTS, "title": PAYER_REQUESTS_TITLE, "items": asked})
        return groups
