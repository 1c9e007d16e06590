"""Recomputation: from answers and circumstances to the editable surface and the blockers (authorizations.md 5.6)."""

from priorbus.contracts.authorizations import Answers, DocumentRequirement, ItemSurface, Question
from priorbus.contracts.replies import Issue
from priorbus.requirements.domain.questionnaire.breaches import breaches
from priorbus.requirements.domain.questionnaire.canonical import response_link_id
from priorbus.requirements.domain.questionnaire.closures import Given
from priorbus.requirements.domain.questionnaire.compiled import Codes, CompiledGroup, CompiledItem, CompiledTemplate, Slot
from priorbus.requirements.domain.questionnaire.current import current_codes, current_text, is_required
from priorbus.requirements.domain.questionnaire.documents import demands
from priorbus.requirements.domain.questionnaire.results import Circumstances, Evaluation
from priorbus.requirements.domain.questionnaire.standing import Standing, dropped_link_ids, normalised, open_responses, stand
from priorbus.requirements.domain.questionnaire.wording import missing_message


def evaluate(compiled: CompiledTemplate, answers: Answers, circumstances: Circumstances) -> Evaluation:
    """Recompute everything from scratch (5.6). Total: any answers of this template, of whatever earlier state, are fine."""
    standing = stand(compiled, answers, circumstances)
    kept = normalised(compiled, standing, answers, circumstances)
    judge = Judge(standing)
    for group in compiled.groups:
        judge.group(group)
    judge.responses(kept, circumstances)
    judge.rules(compiled)
    return Evaluation(
        answers=kept,
        cleared=dropped_link_ids(compiled, standing),
        surface=judge.surface,
        questions=tuple(judge.questions),
        documents=_missing(compiled, standing, circumstances),
        issues=tuple(sorted(judge.issues, key=_issue_order)),
    )


def _issue_order(issue: Issue) -> tuple[str, str]:
    return issue.field or "", issue.code


def _missing(compiled: CompiledTemplate, standing: Standing, circumstances: Circumstances) -> tuple[DocumentRequirement, ...]:
    return tuple(
        DocumentRequirement.model_construct(type=demand.type, message=demand.message)
        for demand in demands(compiled, standing, circumstances)
        if not demand.satisfied
    )


class Judge:
    """Walks the questionnaire once and collects what deviates and what blocks."""

    __slots__ = ("_cells", "_inactive", "issues", "questions", "surface")

    def __init__(self, standing: Standing) -> None:
        self._cells = standing.cells
        self._inactive = standing.inactive
        self.surface: dict[str, ItemSurface] = {}
        self.questions: list[Question] = []
        self.issues: list[Issue] = []

    def group(self, group: CompiledGroup) -> None:
        """Judge all items of a group, occurrence by occurrence."""
        cells = self._cells
        if not group.repeats:
            for item in group.items:
                self._judge(item, 0, cells[item.cell], demanded=True)
            return
        shown = len(cells[group.items[0].row])
        for number in range(shown):
            given = [cells[item.row][number] for item in group.items]
            demanded = number < group.min_occurs or any(given)
            for item, own in zip(group.items, given, strict=True):
                self._judge(item, number, own, demanded=demanded)

    def _judge(self, item: CompiledItem, number: int, given: Given, *, demanded: bool) -> None:
        if item.plain:
            if given:
                if item.constraints or item.codes:
                    self._check(item, item.slots[number], given, None)
            elif item.item.required and demanded and item.item.answer_type != "attachment":
                self.questions.append(item.slots[number].missing)
            return
        self._judge_conditional(item, number, given, demanded=demanded)

    def _judge_conditional(self, item: CompiledItem, number: int, given: Given, *, demanded: bool) -> None:
        slot, cells = item.slots[number], self._cells
        active = (item.cell, number) not in self._inactive
        text, offered = current_text(item, cells, number), current_codes(item, cells, number)
        required = active and is_required(item, cells, number)
        if not active or text is not None or offered is not None or required != item.item.required:
            self.surface[slot.link_id] = _surface(item, text, offered, active=active, required=required)
        if given:
            self._check(item, slot, given, offered)
        elif required and demanded and item.item.answer_type != "attachment":
            self.questions.append(slot.missing if text is None else _question(slot.link_id, missing_message(text)))

    def _check(self, item: CompiledItem, slot: Slot, given: Given, offered: Codes | None) -> None:
        found = breaches(item, given, offered)
        if found:
            self.questions.append(_question(slot.link_id, found[0][1]))
            self.issues.extend(_issue(code, message, slot.link_id) for code, message in found)

    def responses(self, answers: Answers, circumstances: Circumstances) -> None:
        """Payer requests without documents: each wants an answer (5.6.5)."""
        if not circumstances.payer_requests:
            return
        unanswered = set(open_responses(circumstances)) - answers.keys()
        for request in circumstances.payer_requests:
            link_id = response_link_id(request.number)
            if link_id in unanswered:
                self.questions.append(_question(link_id, missing_message(request.message)))

    def rules(self, compiled: CompiledTemplate) -> None:
        """Rules of the template whose failWhen holds (5.6.6)."""
        self.issues.extend(rule.issue for rule in compiled.rules if rule.fails(self._cells, 0))


def _surface(item: CompiledItem, text: str | None, offered: Codes | None, *, active: bool, required: bool) -> ItemSurface:
    if not active and text is None and offered is None:
        return item.surface_inactive
    return ItemSurface.model_construct(
        active=None if active else False,
        required=None if required == item.item.required else required,
        text=text,
        options=offered,
    )


def _question(link_id: str, message: str) -> Question:
    return Question.model_construct(link_id=link_id, message=message)


def _issue(code: str, message: str, field: str) -> Issue:
    return Issue.model_construct(code=code, message=message, field=field, path=None, severity="error")
