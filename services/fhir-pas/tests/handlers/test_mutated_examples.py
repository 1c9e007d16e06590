"""Whatever is done to an official request, it is answered: never a fault, and what is refused leaves nothing behind."""

import asyncio
import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain.attachments.association import content_key, stored_content
from priorbus.fhir_pas.domain.attachments.request import read_request
from priorbus.fhir_pas.domain.attachments.signatures import signature_issue
from priorbus.fhir_pas.domain.bases import FHIR, PAS_2_0, PAS_2_2
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.resources import next_version
from priorbus.fhir_pas.domain.validation import Rejection

Path = tuple[str | int, ...]
RETYPED: tuple[Any, ...] = ("x", 7, True, None, [], {}, ["x"], {"x": 1}, -1.5)
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
BASES = ("/fhir", "/pas/2.2/fhir", "/pas/2.0/fhir")


@st.composite
def places(draw: st.DrawFn, bundle: Any) -> Path:
    """An element, by a walk from the root: those near it, which most rules look at, come as often as the many leaves."""
    path: Path = ()
    node = bundle
    while isinstance(node, dict | list) and node:
        step = draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
        path, node = (*path, step), node[step]
        if draw(st.integers(0, 3)) == 0:
            break
    return path


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


REQUESTS = (
    *(f"ig-pas-2.2.1/Bundle-{name}AuthorizationBundleExample" for name in ("Homecare", "MedicalServices", "Referral")),
    "ig-pas-2.2.1/Bundle-HomecareAuthorizationUpdateBundleExample",
    "ig-pas-2.2.1/Bundle-SurgicalRequestBundleExample",
    "ig-pas-2.2.1/Bundle-PASClaimInquiryBundleExample",
    "ig-pas-2.0.1/Bundle-HomecareAuthorizationDifferentialBundleExample",
    "aidbox-seeds/002-0-claim-submit-request",
)
ATTACHMENTS = ("aidbox-seeds/001-0-submit-attachment-request", *(f"cdex-2.1.0/cdex-parameters-example{number}" for number in range(1, 6)))
OFTEN = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def change(data: st.DataObject, original: Any) -> Any:
    how, value = data.draw(st.sampled_from(["drop", "double", "retype"])), data.draw(st.sampled_from(RETYPED))
    return mutated(original, data.draw(places(original)), how, value)


@pytest.mark.parametrize("name", REQUESTS)
@OFTEN
@given(data=st.data())
def test_a_changed_element_never_breaks_the_operation(service: Any, example: Callable[[str], str], name: str, data: st.DataObject) -> None:
    changed = json.dumps(change(data, json.loads(example(f"{name}.json"))))
    base = data.draw(st.sampled_from(BASES))
    before = sizes(service)
    for send in (service.submit, service.inquire):
        handled = asyncio.run(send(changed, base=base))
        status = handled.reply.result["status"]
        assert status in {200, 400, 409, 422}
        if handled.reply.refusal is not None:
            assert sizes(service) == before
        before = sizes(service)


def sizes(service: Any) -> tuple[int, ...]:
    return tuple(len(service.stage.store.all(one, "t_test")) for one in (RESOURCES, SUBMISSIONS, CLAIM_AUTHORIZATIONS))


@pytest.mark.parametrize("name", ATTACHMENTS)
@OFTEN
@given(data=st.data())
def test_a_changed_element_never_breaks_the_reading_of_attachments(example: Callable[[str], str], name: str, data: st.DataObject) -> None:
    """Also with signatures demanded; what is read can be stored."""
    changed = json.dumps(change(data, json.loads(example(f"{name}.json"))))
    base = data.draw(st.sampled_from([FHIR, PAS_2_2, PAS_2_0]))
    found = read_request(changed, Strictness(base))
    if isinstance(found, Rejection):
        assert found.status in {400, 413, 422}
        return
    contents = [one.content for one in found.attachments]
    signature_issue(contents, "required")
    for position, one in enumerate(found.attachments):
        key = content_key(one, position, "seed", {}, "ehr1")
        assert next_version(None, stored_content(one, key, {}, "https://pas.example.test"), "ehr1", NOW).id == key.partition("/")[2]
    assert found.resource_types
