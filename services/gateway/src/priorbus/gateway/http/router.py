"""Finds the route of a request in the one table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from priorbus.contracts.errors import Shape
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.http.route import Route

_FHIR_BASES = ("/fhir", "/pas", "/$submit-attachment")


@dataclass(frozen=True, slots=True)
class Found:
    """The route and its path parameters, percent-decoded."""

    route: Route
    path: dict[str, str]


@dataclass(frozen=True, slots=True)
class Missed:
    """No route: what to answer once the caller is authenticated."""

    problem: Problem
    shape: Shape
    credential: Literal["key", "token", "none"]


@dataclass
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    parameter: tuple[str, "_Node"] | None = None
    routes: dict[str, Route] = field(default_factory=dict)


class Router:
    """A tree of path segments; literal segments win over parameters."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in route.path.strip("/").split("/"):
            if segment.startswith("{"):
                node.parameter = node.parameter or (segment[1:-1], _Node())
                node = node.parameter[1]
            else:
                node = node.literals.setdefault(segment, _Node())
        node.routes[route.method] = route

    def find(self, method: str, path: str) -> Found | Missed:
        """The route for a method and a decoded path."""
        node, parameters = self._walk(path)
        if node is None or not node.routes:
            fhir = path.startswith(_FHIR_BASES)
            return Missed(Problem("not_found"), "E4" if fhir else "E3", "token" if fhir else "key")
        route = node.routes.get(method)
        if route is not None:
            return Found(route, parameters)
        return _wrong_method(node.routes)

    def _walk(self, path: str) -> tuple[_Node | None, dict[str, str]]:
        node, parameters = self._root, dict[str, str]()
        for segment in path[1:].split("/"):
            step = node.literals.get(segment)
            if step is None:
                if node.parameter is None or not segment:
                    return None, parameters
                parameters[node.parameter[0]], step = segment, node.parameter[1]
            node = step
        return node, parameters


def _wrong_method(routes: Mapping[str, Route]) -> Missed:
    known = next(iter(routes.values()))
    return Missed(Problem("method_not_allowed", headers={"Allow": ", ".join(sorted(routes))}), known.shape, known.credential)
