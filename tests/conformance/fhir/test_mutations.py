"""Whatever is done to an official request, the whole stack answers it: never a fault, never a half that stays."""

import copy
import json
import random
from typing import Any

import pytest

from priorbus.devstack.client import Client
from priorbus.devstack.pas import EXAMPLES

pytestmark = [
    pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared folder with the official examples is absent"),
    pytest.mark.long,
    pytest.mark.timeout(900),
]
RETYPED: tuple[Any, ...] = ("x", 7, True, None, [], {}, ["x"], {"x": 1}, -1.5)
BASES = ("/fhir", "/pas/2.2/fhir", "/pas/2.0/fhir")
KINDS = ("Claim", "ClaimResponse", "Patient", "Coverage", "DocumentReference")
OPERATIONS = {
    "Claim/$submit": (
        "ig-pas-2.2.1/Bundle-HomecareAuthorizationUpdateBundleExample",
        "ig-pas-2.2.1/Bundle-ReferralAuthorizationBundleExample",
    ),
    "Claim/$inquire": ("ig-pas-2.2.1/Bundle-PASClaimInquiryBundleExample", "aidbox-seeds/002-2-claim-inquire-request"),
    "$submit-attachment": ("aidbox-seeds/001-0-submit-attachment-request", "cdex-2.1.0/cdex-parameters-example1"),
}
TIMES = 60


def mutated(original: Any, chance: random.Random) -> Any:
    """One element dropped, doubled or retyped; the walk to it ends early as often as late."""
    changed = copy.deepcopy(original)
    node = changed
    while True:
        step = chance.choice(list(node) if isinstance(node, dict) else range(len(node)))
        inner = node[step]
        if not isinstance(inner, dict | list) or not inner or chance.random() < 0.25:
            break
        node = inner
    how = chance.choice(["drop", "double", "retype"])
    if how == "drop":
        del node[step]
    else:
        node[step] = [node[step], node[step]] if how == "double" else chance.choice(RETYPED)
    return changed


async def stored(fhir: Client) -> dict[str, tuple[int, str]]:
    """How many there are of each type, and which version of which is the newest."""
    found = {}
    for kind in KINDS:
        page = (await fhir.succeed("GET", f"/fhir/{kind}?_count=1")).json
        newest = [f"{one['resource']['id']}/{one['resource']['meta']['versionId']}" for one in page.get("entry", ())]
        found[kind] = (page["total"], "".join(newest))
    return found


async def is_whole(fhir: Client, base: str, response: Any) -> bool:
    """Whether the ClaimResponse that was answered is stored, and the Claim that it answers."""
    kept = await fhir.call("GET", f"{base}/ClaimResponse/{response['id']}")
    return kept.status == 200 and (await fhir.call("GET", f"{base}/{kept.json['request']['reference']}")).status == 200


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_changed_element_never_breaks_an_operation(fhir: Client, operation: str) -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    originals = [json.loads((EXAMPLES / f"{name}.json").read_bytes()) for name in OPERATIONS[operation]]
    before = await stored(fhir)
    for number in range(TIMES):
        body, base = mutated(chance.choice(originals), chance), chance.choice(BASES)
        answer = await fhir.call("POST", f"{base}/{operation}", body)
        assert answer.status in {200, 400, 409, 422}, f"seed {seed}, call {number}: {answer.status}"
        after = await stored(fhir)
        if answer.status != 200 or operation == "Claim/$inquire":
            assert after == before, f"seed {seed}, call {number}: something of a refused request stayed"
        elif operation == "Claim/$submit":
            grown = after["ClaimResponse"][0] - before["ClaimResponse"][0]
            assert grown == int("Idempotency-Replayed" not in answer.headers), f"seed {seed}, call {number}"
            assert await is_whole(fhir, base, answer.json["entry"][0]["resource"]), f"seed {seed}, call {number}: half a submission"
        before = after
