"""Findings about a catalogue as a whole: templates, payers, and templates that fit the same cases equally well."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

from priorbus.contracts.templates import Payer, Template
from priorbus.requirements.domain.catalog.catalogue import Catalogue
from priorbus.requirements.domain.questionnaire import LintFinding, lint_template


def lint_catalogue(templates: Sequence[Template], payers: Sequence[Payer], loaded: Sequence[Template] = ()) -> list[LintFinding]:
    """All findings of authorizations.md 6.2. `loaded` are template versions that are in the catalogue already."""
    found = [finding for template in templates for finding in lint_template(template)]
    found.extend(_duplicates(templates, payers))
    given = {(template.template_id, template.version) for template in templates}
    others = [template for template in loaded if (template.template_id, template.version) not in given]
    found.extend(_ambiguities(Catalogue([*others, *templates], payers).newest()))
    found.extend(_changes(templates, loaded))
    return found


def _duplicates(templates: Sequence[Template], payers: Sequence[Payer]) -> Iterator[LintFinding]:
    versions = Counter(_source(template) for template in templates)
    for source, times in versions.items():
        if times > 1:
            yield LintFinding(source, source, "duplicate_template", "this version is there more than once")
    for payer_id, times in Counter(payer.id for payer in payers).items():
        if times > 1:
            yield LintFinding("payers", payer_id, "duplicate_payer", "this id is there more than once")


def _ambiguities(newest: Sequence[Template]) -> Iterator[LintFinding]:
    """Two templates are equally specific where they share a payer entry, a state entry and a service code, `*` included (6.1.2)."""
    for one, other in combinations(newest, 2):
        if one.match.service_type == other.match.service_type and all(
            set(own) & set(others)
            for own, others in (
                (one.match.payer_ids, other.match.payer_ids),
                (one.match.states, other.match.states),
                (one.match.service_codes, other.match.service_codes),
            )
        ):
            message = f"fits the same cases as {_source(other)} equally well"
            yield LintFinding(_source(one), one.template_id, "ambiguous_templates", message)


def _changes(templates: Sequence[Template], loaded: Sequence[Template]) -> Iterator[LintFinding]:
    known = {_source(template): template for template in loaded}
    for template in templates:
        if known.get(_source(template), template) != template:
            yield LintFinding(_source(template), template.template_id, "content_changed", "this version is loaded with other content")


def _source(template: Template) -> str:
    return f"{template.template_id}@{template.version}"
