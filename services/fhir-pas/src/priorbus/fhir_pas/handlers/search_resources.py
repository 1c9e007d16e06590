"""Search: https://hl7.org/fhir/R4/search.html (fhir-pas.md 18)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from priorbus.contracts.commands.fhir_access import SearchResources
from priorbus.fhir_pas.domain.bases import BASES
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.resources import StoredResource, stored_form
from priorbus.fhir_pas.domain.search import PARAMETERS, BadSearch, Search, read_search
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.handlers.fhir_replies import answered, refused
from priorbus.fhir_pas.handlers.read_resource import NOT_SERVED
from priorbus.fhir_pas.handlers.search_cursors import SearchCursors
from priorbus.fhir_pas.handlers.tools import tenant_terms
from priorbus.fhir_pas.ports import ResourceIndex
from priorbus.runtime.handling import Context, Result


@dataclass(frozen=True, slots=True)
class Page:
    """`following` is the cursor of the next page, if there is one."""

    found: Sequence[StoredResource]
    total: int
    search: Search
    following: str | None


@dataclass(frozen=True, slots=True)
class SearchResourcesHandler:
    """Asks the index for one page and the total."""

    index: ResourceIndex
    terms: Terms
    cursors: SearchCursors

    async def handle(self, query: SearchResources, context: Context) -> Result:
        terms = await tenant_terms(context.tenant, context.work, self.terms)
        base = terms.base(query.base) or BASES[query.base]
        if query.resource_type not in PARAMETERS:
            return refused(404, (NOT_SERVED,), self.terms.public_base)
        owner = None if query.caller.tenant_wide and query.resource_type != "Subscription" else context.envelope.client
        route = (context.tenant, query.base, query.resource_type)
        try:
            search = read_search(query.resource_type, query.parameters, owner, strict=base.preset == "strict")
            search = replace(search, after=self.cursors.read(route, search, context.now))
        except BadSearch as error:
            issue = Issue("", "error", error.code, "Search can not be carried out", str(error), "")
            return refused(400, (issue,), self.terms.public_base)
        found = await self.index.find(context.tenant, query.resource_type, replace(search, limit=search.limit + 1))
        total = await self.index.count(context.tenant, query.resource_type, search)
        url = f"{self.terms.public_base}{query.base}/{query.resource_type}"
        shown = [f"{one.type}/{one.id}" for one in found[: search.limit]]
        more = found[search.limit - 1] if len(found) > search.limit else None
        following = None if more is None else self.cursors.write(route, search, (more.last_updated, more.id), context.now)
        page = Page(found[: search.limit], total, search, following)
        return {**answered(200, searchset(page, url, terms.created_url)), "resources": shown}


def searchset(page: Page, url: str, created_url: str) -> Resource:
    """As the client sees it. `created_url` as in `stored_form`."""
    links = [{"relation": "self", "url": _url(url, page.search.used)}]
    if page.following is not None:
        links.append({"relation": "next", "url": _url(url, (*page.search.used, ("_cursor", page.following)))})
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset", "total": page.total, "link": links}
    if page.found:
        bundle["entry"] = [
            {"fullUrl": f"{url}/{one.id}", "resource": stored_form(one, created_url=created_url), "search": {"mode": "match"}}
            for one in page.found
        ]
    return bundle


def _url(url: str, parameters: Sequence[tuple[str, str]]) -> str:
    query = urlencode(parameters)
    return url + (f"?{query}" if query else "")
