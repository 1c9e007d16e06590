"""The catalogue in memory: payers and the template that serves a selection."""

from collections.abc import Iterable

from priorbus.contracts.authorizations import Selection
from priorbus.contracts.templates import CodeSystem, Payer, ServiceType, Template

_Service = tuple[ServiceType, CodeSystem, str]


class Catalogue:
    """An immutable index over all payers and all template versions."""

    def __init__(self, templates: Iterable[Template], payers: Iterable[Payer]) -> None:
        self._payers = {payer.id: payer for payer in payers}
        self._versions = {(template.template_id, template.version): template for template in templates}
        self._by_service: dict[_Service, list[Template]] = {}
        for template in self.newest():
            for code in template.match.service_codes:
                self._by_service.setdefault((template.match.service_type, code.system, code.code), []).append(template)

    def newest(self) -> list[Template]:
        """The highest version of each template, by id: the only versions that new cases get."""
        latest: dict[str, Template] = {}
        for _, template in sorted(self._versions.items()):
            latest[template.template_id] = template
        return list(latest.values())

    def payers(self) -> list[Payer]:
        """All payers by id."""
        return [payer for _, payer in sorted(self._payers.items())]

    def payer(self, payer_id: str) -> Payer | None:
        """The payer with that id."""
        return self._payers.get(payer_id)

    def template(self, template_id: str, version: int) -> Template | None:
        """One template version, also an old one."""
        return self._versions.get((template_id, version))

    def select(self, selection: Selection) -> Template | None:
        """The most specific template that fits: payer named before `*`, then state named before `*` (6.1.2)."""
        candidates = self._by_service.get((selection.service_type, selection.service_code_system, selection.service_code), ())
        fitting = [template for template in candidates if _fits(template, selection)]
        return max(fitting, key=lambda template: _specificity(template, selection), default=None)


def _fits(template: Template, selection: Selection) -> bool:
    payers, states = template.match.payer_ids, template.match.states
    return (selection.payer_id in payers or "*" in payers) and (selection.state in states or "*" in states)


def _specificity(template: Template, selection: Selection) -> tuple[bool, bool]:
    return selection.payer_id in template.match.payer_ids, selection.state in template.match.states
