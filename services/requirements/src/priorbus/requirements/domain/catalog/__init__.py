"""Which template serves a selection, and whether there is a route to the payer (authorizations.md 6.1.2, 7.3)."""

from priorbus.requirements.domain.catalog.catalogue import Catalogue
from priorbus.requirements.domain.catalog.lint import lint_catalogue
from priorbus.requirements.domain.catalog.route_list import list_routes
from priorbus.requirements.domain.catalog.routes import ResolvedRoute, resolve_route

__all__ = ["Catalogue", "ResolvedRoute", "lint_catalogue", "list_routes", "resolve_route"]
