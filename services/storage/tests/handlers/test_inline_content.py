import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from priorbus.contracts.commands.storage import DiscardDocument, KeepDocuments, ReadDocument, StoreInlineContent
from priorbus.contracts.replies import Reply
from priorbus.storage.handlers.store_inline_content import UNCLAIMED

NOTE = b"%PDF-1.7 a note"
TEXT = base64.b64encode(NOTE).decode()


def store(**changes: Any) -> StoreInlineContent:
    return StoreInlineContent.model_validate({"document_id": "doc-1", "content_type": "application/pdf", "data": TEXT, **changes})


def document(reply: Reply) -> dict[str, Any]:
    assert reply.result is not None, reply.refusal
    found: dict[str, Any] = reply.result["document"]
    return found


async def test_content_is_stored_once_and_described(world: Any) -> None:
    first = document(await world.send(store()))
    again = document(await world.send(store()))
    assert first == again
    assert (first["size_bytes"], first["detected_type"], first["content_type"]) == (15, "application/pdf", "application/pdf")
    assert world.objects.objects[first["storage_key"]].body == NOTE
    assert len(world.objects.objects) == 1
    assert document(await world.send(ReadDocument(document_id="doc-1"))) == first


async def test_content_is_read_out_of_a_large_body(world: Any) -> None:
    body = {"parameter": [{"part": [{"resource": {"content": [{"attachment": {"data": TEXT}}]}}]}]}
    await world.objects.put("raw/t_acme/x", json.dumps(body).encode(), content_type="application/json")
    pointer = "/parameter/0/part/0/resource/content/0/attachment/data"
    stored = document(await world.send(store(data=None, body_key="raw/t_acme/x", pointer=pointer)))
    assert stored["size_bytes"] == len(NOTE)


@pytest.mark.parametrize("change", [{"data": "%%%"}, {"data": None, "body_key": "raw/t_acme/missing", "pointer": "/a"}])
async def test_what_can_not_be_stored_leaves_nothing(world: Any, change: dict[str, Any]) -> None:
    reply = await world.send(store(**change))
    assert reply.refusal is not None
    assert not world.objects.objects


async def test_kept_content_stays_and_other_content_goes(world: Any) -> None:
    await world.send(store())
    await world.send(store(document_id="doc-2"))
    await world.send(KeepDocuments(document_ids=("doc-1",)))
    (timer,) = world.store.timers.values()
    assert timer.due - world.clock() >= UNCLAIMED - timedelta(seconds=1)
    for id_ in ("doc-1", "doc-2"):
        await world.send(DiscardDocument(document_id=id_))
    assert len(world.objects.objects) == 1
    assert (await world.send(ReadDocument(document_id="doc-2"))).refusal.code == "not_found"
    assert document(await world.send(ReadDocument(document_id="doc-1")))["kept"] is True
