"""The catalogue of MongoDB, kept in memory: template versions never change, payers seldom."""

import asyncio
from collections.abc import Callable
from typing import Final

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.templates import Payer, Template
from priorbus.requirements.aggregates import PAYERS, TEMPLATES, template_key
from priorbus.requirements.domain.catalog import Catalogue
from priorbus.requirements.domain.questionnaire import CompiledTemplate, compile_template
from priorbus.runtime.mongo import Store, translated_errors
from priorbus.runtime.work import EVERY_TENANT, Reader

FRESH_SECONDS: Final = 0.1
"""How long a look at the catalogue serves new cases; a load by the command line is seen after that."""


class CachedTemplates:
    """Satisfies `Templates`. A look reads ids and revisions, and the documents only when one of these has changed."""

    def __init__(self, store: Store, elapsed: Callable[[], float]) -> None:
        self._store = store
        self._elapsed = elapsed
        self._looking = asyncio.Lock()
        self._looked_at = float("-inf")
        self._seen: frozenset[tuple[str, str, int]] = frozenset()
        self._catalogue = Catalogue((), ())
        self._compiled: dict[str, CompiledTemplate] = {}

    async def catalogue(self) -> Catalogue:
        async with self._looking:
            if self._elapsed() - self._looked_at >= FRESH_SECONDS:
                await self._look()
        return self._catalogue

    def compiled(self, template: Template) -> CompiledTemplate:
        key = template_key(template.template_id, template.version)
        found = self._compiled.get(key)
        if found is None:
            found = self._compiled[key] = compile_template(template)
        return found

    async def pinned(self, authorization: Authorization, reader: Reader) -> CompiledTemplate:
        key = template_key(authorization.template_id, authorization.template_version)
        found = self._compiled.get(key)
        if found is not None:
            return found
        template = await reader.get(TEMPLATES, EVERY_TENANT, key)
        if template is None:
            raise LookupError(f"template {key} is not in the catalogue")
        return self.compiled(template)

    async def _look(self) -> None:
        """Read the catalogue again if anything in it has another revision than before."""
        looked_at = self._elapsed()
        seen = await self._revisions()
        if seen != self._seen:
            templates: list[Template] = await self._store.find(TEMPLATES, {})
            payers: list[Payer] = await self._store.find(PAYERS, {})
            self._catalogue, self._seen = Catalogue(templates, payers), seen
        self._looked_at = looked_at

    async def _revisions(self) -> frozenset[tuple[str, str, int]]:
        """Ids and revisions of everything in the catalogue."""
        found: set[tuple[str, str, int]] = set()
        with translated_errors():
            for collection in (TEMPLATES, PAYERS):
                rows = await self._store.database[collection.name].find({}, {"rev": 1}).to_list(None)
                found.update((collection.name, row["_id"], row["rev"]) for row in rows)
        return frozenset(found)
