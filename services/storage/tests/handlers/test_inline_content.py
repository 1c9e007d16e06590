import asyncio
import base64
import json
from typing import Any

import pytest

from priorbus.contracts.commands.storage import DiscardDocument, DiscardObject, KeepDocuments, ReadDocument, StoreInlineContent
from priorbus.contracts.documents import StoredContent
from priorbus.contracts.replies import Refusal, Reply
from priorbus.runtime.handling import TransientError
from priorbus.runtime.testing.handlers import Stage
from priorbus.storage.aggregates import DOCUMENTS
from priorbus.storage.handlers.store_inline_content import Known, StoreInlineContentHandler
from priorbus.storage.shared_bodies import SharedBodies

NOTE = b"%PDF-1.7 a note"
TEXT = base64.b64encode(NOTE).decode()


def store(**changes: Any) -> StoreInlineContent:
    return StoreInlineContent.model_validate({"document_id": "doc-1", "content_type": "application/pdf", "data": TEXT, **changes})


def document(reply: Reply) -> dict[str, Any]:
    assert reply.result is not None, reply.refusal
    found: dict[str, Any] = reply.result["document"]
    return found


def read(reply: Reply) -> dict[str, Any]:
    assert reply.result is not None, reply.refusal
    found: dict[str, Any] = reply.result["content"]
    return found


async def test_a_file_of_a_case_is_content_too_once_it_is_ready(world: Any) -> None:
    await world.uploaded()
    early = await world.send(ReadDocument(document_id="file_1"))
    assert early.refusal is not None
    await world.complete()
    file = await world.file()
    assert read(await world.send(ReadDocument(document_id="file_1"))) == {
        "id": "file_1",
        "client": "",
        "content_type": "application/pdf",
        "size_bytes": file.size_bytes,
        "storage_key": file.storage_key,
        "created_at": "2026-01-05T09:00:00Z",
    }


async def test_content_is_stored_once_and_described(world: Any) -> None:
    first = document(await world.send(store()))
    again = document(await world.send(store()))
    assert first == again
    assert (first["size_bytes"], first["detected_type"], first["content_type"]) == (15, "application/pdf", "application/pdf")
    assert world.objects.objects[first["storage_key"]].body == NOTE
    assert len(world.objects.objects) == 1
    assert read(await world.send(ReadDocument(document_id="doc-1"))) == {name: first[name] for name in StoredContent.model_fields}


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
    assert world.waiting_timers() == ["t_acme/document/doc-2"]
    await world.send(DiscardDocument(document_id="doc-1", last_call=True))
    world.later(hours=23)
    await world.run_due_timers()
    world.later(hours=1, seconds=-1)
    await world.run_due_timers()
    assert len(world.objects.objects) == 2
    world.later(seconds=1)
    await world.run_due_timers()
    assert len(world.objects.objects) == 1
    assert (await world.send(ReadDocument(document_id="doc-2"))).refusal.code == "not_found"
    assert (await world.store.get(DOCUMENTS, "t_acme", "doc-1")).kept


async def test_a_service_that_was_away_lets_late_news_come_first(world: Any) -> None:
    """The timer and the news that the content is kept may wait in the queue side by side, and be taken in any order."""
    await world.send(store())
    world.later(days=3)
    await world.run_due_timers()
    await world.send(KeepDocuments(document_ids=("doc-1",)))
    assert world.waiting_timers() == []
    assert len(world.objects.objects) == 1


async def test_content_that_is_asked_for_again_gets_its_time_again(world: Any) -> None:
    await world.send(store())
    for _ in range(3):
        world.later(hours=22)
        await world.run_due_timers()
        assert document(await world.send(store()))["kept"] is False
    assert len(world.objects.objects) == 1


async def test_a_redelivered_message_writes_the_same_object(world: Any) -> None:
    """Whatever an attempt wrote that died before its commit is written again, under the same key."""
    handler = StoreInlineContentHandler(world.objects, None, SharedBodies(world.objects))
    await handler.observe(store(), world.envelope(store(), "cmd_x"), world.store)
    (key,) = world.objects.objects
    assert document(await world.send(store(), message_id="cmd_x"))["storage_key"] == key
    assert set(world.objects.objects) == {key}


async def test_the_object_of_the_slower_of_two_messages_goes(world: Any) -> None:
    one, other = await asyncio.gather(world.send(store()), world.send(store()))
    assert document(one) == document(other)
    await world.run_due_timers()
    assert set(world.objects.objects) == {document(one)["storage_key"]}


async def test_content_discarded_while_it_is_asked_for_is_stored_again(world: Any) -> None:
    handler = StoreInlineContentHandler(world.objects, None, SharedBodies(world.objects))
    await world.send(store())
    observed = await handler.observe(store(), world.envelope(store()), world.store)
    assert isinstance(observed, Known)
    await world.send(DiscardDocument(document_id="doc-1", last_call=True))
    with pytest.raises(TransientError):
        await Stage(store=world.store).run(handler.handle, store(), tenant="t_acme", observed=observed)
    assert document(await world.send(store()))["size_bytes"] == len(NOTE)


async def test_late_news_about_content_that_is_gone_is_not_passed_over(world: Any) -> None:
    settlement = await world.attempt(KeepDocuments(document_ids=("doc-1",)))
    assert settlement.kind == "retry"


async def test_an_object_store_that_is_away_is_asked_again(world: Any) -> None:
    await world.send(store())
    world.objects.available = False
    await world.send(DiscardDocument(document_id="doc-1", last_call=True))
    await world.run_due_timers()
    assert len(world.objects.objects) == 1
    world.objects.available = True
    world.later(seconds=60)
    await world.run_due_timers()
    assert world.objects.objects == {}


async def test_an_object_that_a_record_names_is_never_discarded(world: Any) -> None:
    stored = document(await world.send(store()))
    await world.send(DiscardObject(document_id="doc-1", storage_key=stored["storage_key"]))
    assert set(world.objects.objects) == {stored["storage_key"]}


@pytest.mark.parametrize(("body", "code"), [(b"%PDF- virus", "content_refused"), (b"%PDF-", "scan_unavailable")])
async def test_a_scanner_may_refuse_content(scanned: Any, body: bytes, code: str) -> None:
    scanned.scanner.available = code != "scan_unavailable"
    reply = await scanned.send(store(data=base64.b64encode(body).decode()))
    assert reply.refusal.code == code
    assert scanned.objects.objects == {}


async def test_an_object_store_that_is_away_is_told(world: Any) -> None:
    world.objects.available = False
    assert (await world.send(store())).refusal.code == "storage_unavailable"


async def test_a_message_that_waited_for_half_a_day_stores_nothing(world: Any) -> None:
    """The sweep may be about to remove what an earlier attempt at it left."""
    envelope = world.envelope(store())
    world.later(hours=12, seconds=1)
    (settlement,) = await world.runner.run([envelope])
    assert Reply.model_validate_json(settlement.reply).refusal == Refusal(code="storage_unavailable")
    assert (await world.send(ReadDocument(document_id="doc-1"))).refusal.code == "not_found"
