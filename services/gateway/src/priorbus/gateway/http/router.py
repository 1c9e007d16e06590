"""Finds the route of a request in the one table."""

from collections.abc import Iterable, Mapping, Sequence
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
    credential: Literal["key", "token", "payer", "none"]


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
        parameters = dict[str, str]()
        node = _descend(self._root, path[1:].split("/"), 0, parameters)
        if node is None:
            fhir = path.startswith(_FHIR_BASES)
            return Missed(Problem("not_found"), "E4" if fhir else "E3", "token" if fhir else "key")
        route = node.routes.get(method)
        if route is not None:
            return Found(route, parameters)
        return _wrong_method(node.routes)


def _descend(node: _Node, segments: Sequence[str], at: int, parameters: dict[str, str]) -> _Node | None:
    """The node with routes that the segments lead to; a literal that leads nowhere gives way to a parameter."""
    if at == len(segments):
        return node if node.routes else None
    segment = segments[at]
    literal = node.literals.get(segment)
    found = None if literal is None else _descend(literal, segments, at + 1, parameters)
    if found is not None or node.parameter is None or not segment:
        return found
    name, inner = node.parameter
    found = _descend(inner, segments, at + 1, parameters)
    if found is not None:
        parameters[name] = segment
    return found


def _wrong_method(routes: Mapping[str, Route]) -> Missed:
    known = next(iter(routes.values()))
    return Missed(Problem("method_not_allowed", headers={"Allow": ", ".join(sorted(routes))}), known.shape, known.credential)
