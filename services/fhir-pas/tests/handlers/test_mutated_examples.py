"""Whatever is done to an official request, it is answered: never a fault, and what is refused leaves nothing behind."""

import asyncio
import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, RESOURCES, SUBMISSIONS

Path = tuple[str | int, ...]
RETYPED: tuple[Any, ...] = ("x", 7, True, None, [], {}, ["x"], {"x": 1}, -1.5)
BASES = ("/fhir", "/pas/2.2/fhir", "/pas/2.0/fhir")


def paths(node: Any, at: Path = ()) -> Iterator[Path]:
    """Every element below a node."""
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in members:
        yield (*at, step)
        yield from paths(value, (*at, step))


def mutated(bundle: Any, path: Path, how: str, value: Any) -> Any:
    """The Bundle with one element dropped, doubled or replaced."""
    changed = copy.deepcopy(bundle)
    parent = changed
    for step in path[:-1]:
        parent = parent[step]
    last: Any = path[-1]
    if how == "drop":
        del parent[last]
    elif how == "double":
        parent[last] = [parent[last], parent[last]]
    else:
        parent[last] = value
    return changed


@pytest.mark.parametrize("name", ["HomecareAuthorizationUpdate", "ReferralAuthorization"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_element_never_breaks_the_operation(service: Any, example: Callable[[str], str], name: str, data: st.DataObject) -> None:
    bundle = json.loads(example(f"ig-pas-2.2.1/Bundle-{name}BundleExample.json"))
    path = data.draw(st.sampled_from(list(paths(bundle))))
    changed = mutated(bundle, path, data.draw(st.sampled_from(["drop", "double", "retype"])), data.draw(st.sampled_from(RETYPED)))
    base = data.draw(st.sampled_from(BASES))
    before = sizes(service)
    for send in (service.submit, service.inquire):
        handled = asyncio.run(send(json.dumps(changed), base=base))
        status = handled.reply.result["status"]
        assert status in {200, 400, 409, 422}
        if handled.reply.refusal is not None:
            assert sizes(service) == before
        before = sizes(service)


def sizes(service: Any) -> tuple[int, ...]:
    return tuple(len(service.stage.store.all(one, "t_test")) for one in (RESOURCES, SUBMISSIONS, CLAIM_AUTHORIZATIONS))
