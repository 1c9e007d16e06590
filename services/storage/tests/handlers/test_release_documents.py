from typing import Any

from priorbus.contracts.commands.storage import KeepDocuments, ReadDocument, ReleaseDocuments, StoreInlineContent


async def test_released_documents_go_with_their_objects_whatever_else_was_planned(world: Any) -> None:
    for name in ("doc-1", "doc-2", "doc-3"):
        await world.send(StoreInlineContent(document_id=name, content_type="application/pdf", data="JVBERi0xLjcgYSBub3Rl"))
    await world.send(KeepDocuments(document_ids=("doc-1", "doc-3")))
    for _ in range(2):
        await world.send(ReleaseDocuments(document_ids=("doc-1", "doc-2", "doc-unknown")))
    await world.run_due_timers()
    assert len(world.objects.objects) == 1
    assert (await world.send(ReadDocument(document_id="doc-1"))).refusal is not None
    assert (await world.send(ReadDocument(document_id="doc-3"))).refusal is None
    assert world.waiting_timers() == []
