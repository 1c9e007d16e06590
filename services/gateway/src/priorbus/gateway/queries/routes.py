"""The routes of a provider, page by page; the owner of the catalogue lists them all (authorizations.md 7.3)."""

import re
from typing import Any

from priorbus.contracts.commands.requirements import ListRoutes
from priorbus.gateway.http.call import Call
from priorbus.gateway.http.problem import bad_request
from priorbus.gateway.operations.questions import Questions
from priorbus.gateway.queries.cursors import Cursors
from priorbus.gateway.queries.parameters import Parameters

_KNOWN = ("providerNpi", "payerId", "coverageState", "requestType", "limit", "cursor")
_KEY = ("payer_id", "state", "service_type", "template_id")
_NPI = re.compile(r"[0-9]{10}")
_STATE = re.compile(r"[A-Z]{2}")


class RouteQueries:
    """Pages of a list that is never large."""

    def __init__(self, questions: Questions, cursors: Cursors) -> None:
        self._questions = questions
        self._cursors = cursors

    async def page(self, call: Call) -> tuple[str, list[dict[str, Any]], str | None]:
        """The provider's NPI, one page of its routes, and the cursor of the next one."""
        parameters = Parameters(call, _KNOWN)
        npi = parameters.matching("providerNpi", _NPI)
        if npi is None:
            raise bad_request("missing", "This query parameter is required.", "providerNpi")
        asked = {
            "provider_npi": npi,
            "payer_id": parameters.one("payerId"),
            "state": parameters.matching("coverageState", _STATE),
            "service_type": parameters.choice("requestType", ("inpatient", "outpatient", "drug")),
        }
        limit, cursor = parameters.limit(), parameters.one("cursor")
        after = [] if cursor is None else self._cursors.read(call, cursor)
        routes = sorted((await self._questions.ask(call, ListRoutes.wire_type, asked))["routes"], key=_key)
        rest = [route for route in routes if _key(route) > after]
        following = self._cursors.write(call, _key(rest[limit - 1])) if len(rest) > limit else None
        return npi, rest[:limit], following


def _key(route: dict[str, Any]) -> list[str]:
    return [route[name] for name in _KEY]
