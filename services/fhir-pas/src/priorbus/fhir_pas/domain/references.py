"""Which entry a reference inside a request Bundle means (fhir-pas.md 7)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.structure.walk import FoundReference

_TYPE_AND_ID = re.compile(r"(?:^|/)([A-Za-z]+)/([A-Za-z0-9.\-]{1,64})(?:/_history/[^/]+)?$")
_ENTRY = re.compile(r"Bundle\.entry\[(\d+)\]\.resource(.*)")


@dataclass(frozen=True, slots=True)
class Link:
    """One reference of an entry: `target` is an entry's position, None when it did not resolve, -1 when it is contained."""

    source: int
    path: str
    text: str
    target: int | None
    rule: str = ""

    @property
    def type_and_id(self) -> str | None:
        """`Type/id` as the text ends, None when it does not end so."""
        match = _TYPE_AND_ID.search(self.text)
        return f"{match[1]}/{match[2]}" if match else None


CONTAINED = -1


@dataclass(frozen=True, slots=True)
class Links:
    """All references of a Bundle, resolved as far as its entries go."""

    links: tuple[Link, ...]
    _by_text: dict[tuple[int, str], int] = field(repr=False)

    def target(self, source: int, text: str) -> int | None:
        """The entry that a reference text in entry `source` means."""
        return self._by_text.get((source, text))

    def unresolved(self) -> Iterator[Link]:
        """References that no entry answers."""
        return (link for link in self.links if link.target is None)

    def reachable(self, start: Iterable[int] = (0,), *, without: int | None = None) -> set[int]:
        """The entries that those of `start` refer to, themselves included; the entry `without` and what only it names stays out."""
        edges: dict[int, set[int]] = defaultdict(set)
        for link in self.links:
            if link.target is not None and link.target not in {CONTAINED, without}:
                edges[link.source].add(link.target)
        seen, waiting = set(start), list(start)
        while waiting:
            fresh = edges[waiting.pop()] - seen
            seen |= fresh
            waiting.extend(fresh)
        return seen


def link_entries(bundle: Resource, references: Iterable[FoundReference]) -> Links:
    """Resolve every reference of every entry (steps 1 to 4)."""
    index = _Index.of(bundle)
    links = []
    for reference in references:
        match = _ENTRY.fullmatch(reference.path)
        text = reference.element.get("reference")
        if match is None or text is None:
            continue
        source = int(match[1])
        if source > 0 and _is_history(index.entries[source]["resource"], match[2]):
            continue
        target, rule = index.resolve(source, text)
        links.append(Link(source, reference.path, text, target, rule))
    return Links(tuple(links), {(link.source, link.text): link.target for link in links if link.target is not None})


def _is_history(resource: Resource, step: str) -> bool:
    """Whether this is `related` of a prior Claim or `request` of a ClaimResponse, whose targets need not be here."""
    if resource.get("resourceType") == "ClaimResponse":
        return step == ".request"
    return step.startswith(".related")


@dataclass(frozen=True, slots=True)
class _Index:
    entries: list[Resource]
    full_urls: Mapping[str, int]
    type_ids: Mapping[tuple[str, str], list[int]]

    @classmethod
    def of(cls, bundle: Resource) -> "_Index":
        entries = bundle.get("entry", [])
        type_ids: dict[tuple[str, str], list[int]] = defaultdict(list)
        for position, entry in enumerate(entries):
            resource = entry.get("resource", {})
            if "id" in resource:
                type_ids[resource["resourceType"], resource["id"]].append(position)
        return cls(entries, {entry["fullUrl"]: position for position, entry in enumerate(entries) if "fullUrl" in entry}, type_ids)

    def resolve(self, source: int, text: str) -> tuple[int | None, str]:
        """The target and, when it is not plainly resolved, the rule that says so."""
        if text.startswith("#"):
            known = {part.get("id") for part in self.entries[source]["resource"].get("contained", ())}
            return (CONTAINED, "") if text == "#" or text[1:] in known else (None, "R-4")
        for candidate in (text, self._absolute(source, text)):
            if candidate in self.full_urls:
                return self.full_urls[candidate], ""
        match = _TYPE_AND_ID.search(text)
        found = self.type_ids.get((match[1], match[2]), []) if match else []
        if len(found) > 1:
            return None, "R-5"
        return (found[0], "R-2") if found else (None, "R-1")

    def _absolute(self, source: int, text: str) -> str:
        url = self.entries[source].get("fullUrl", "")
        match = _TYPE_AND_ID.search(url)
        return url[: match.start()] + "/" + text if match and "://" in url else ""


_TEXTS = {
    "R-1": ("E W", "not-found", "Reference does not resolve", "no entry has this fullUrl or type and id"),
    "R-2": ("W W", "informational", "Reference resolved by type and id", "no entry has this fullUrl"),
    "R-4": ("E W", "not-found", "Contained resource is missing", "nothing contained has this id"),
    "R-5": ("E W", "duplicate", "Reference is ambiguous", "several entries have this type and id"),
}


def reference_issues(links: Links, entries: int, strictness: Strictness, *, stored: frozenset[str] = frozenset()) -> Iterator[Issue]:
    """Phase 5. `stored` are the `Type/id` that the tenant's store answers (step 5, `/fhir` only)."""
    reachable = links.reachable()
    for link in links.links:
        if link.rule and link.source in reachable:
            rule = "R-2" if link.type_and_id in stored else link.rule
            levels, code, text, diagnostics = _TEXTS[rule]
            setting = strictness.setting(rule, levels)
            if setting != "off":
                yield Issue(rule, setting, code, text, diagnostics, f"{link.path}.reference")
    setting = strictness.setting("R-3", "W -")
    if setting != "off":
        for position in sorted(set(range(entries)) - reachable):
            text, where = "no reference leads here from the first Claim", f"Bundle.entry[{position}]"
            yield Issue("R-3", setting, "business-rule", "Entry is not referred to", text, where)
