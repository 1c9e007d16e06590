from services.requirements.tests.conftest import World, told

from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle.decision import Decision


def test_removing_brings_the_requirement_back(world: World) -> None:
    before = world.case("advance")
    (attachment,) = before.attachments
    decided = world.remove(before, attachment.id)
    assert isinstance(decided, Decision)
    after = decided.authorization
    assert (after.state, after.attachments, after.attachments_version) == ("requires_input", (), before.attachments_version + 1)
    assert [document.type for document in after.requirements.documents] == ["clinical_notes"]
    assert told(decided) == [
        "attachment.removed",
        "authorization.requirements_changed",
        "authorization.status_changed",
        "authorization.next_action_superseded",
        "authorization.next_action_opened",
    ]


def test_an_unknown_attachment_is_not_found(world: World) -> None:
    assert world.remove(world.case("advance"), "att_unknown") == Refusal(code="attachment_not_found")


def test_removing_in_review_makes_the_snapshot_stale(world: World) -> None:
    case = world.case("approve")
    decided = world.remove(case, case.attachments[0].id)
    assert isinstance(decided, Decision)
    assert decided.authorization.review_snapshot is not None
    assert decided.authorization.review_snapshot.status == "stale"
