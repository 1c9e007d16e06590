from services.requirements.tests.conftest import FULL, answer_set
from services.requirements.tests.handlers.conftest import Office

from priorbus.contracts.commands.requirements import PreviewAuthorization
from priorbus.contracts.replies import Issue, Refusal


async def test_it_tells_what_is_missing_and_changes_nothing(office: Office) -> None:
    before = await office.given(office.world.case("requires_input"))
    handled = await office.run(PreviewAuthorization(authorization_id=before.id))
    assert (handled.result["submittable"], handled.result["authorization_version"]) == (False, before.version)
    assert (handled.result["state"], handled.result["requirements_version"]) == ("requires_input", before.requirements.version)
    assert handled.published == []
    assert await office.stored(before.id) == before


async def test_answers_are_merged_hypothetically(office: Office) -> None:
    before = await office.given(office.world.case("requires_input"))
    handled = await office.run(PreviewAuthorization(authorization_id=before.id, answers=answer_set(FULL | {"q.prior": True})))
    seen = {question["link_id"]: question for question in handled.result["questions"]}
    assert (seen["q.prior"]["answered"], seen["q.priorDate"]["required"]) == (True, True)
    assert await office.stored(before.id) == before


async def test_bad_answers_are_refused(office: Office) -> None:
    before = await office.given(office.world.case("requires_input"))
    found = Refusal(code="bad_request", issues=(Issue(code="missing", message="m", field="/answers"),))
    bad = [
        PreviewAuthorization(authorization_id=before.id, answers=answer_set({"nope": "x"})),
        PreviewAuthorization(authorization_id=before.id, schema_refusal=found),
        PreviewAuthorization(authorization_id="auth_none", schema_refusal=found),
    ]
    refusals = [(await office.run(query)).refusal for query in bad]
    assert [refusal and refusal.code for refusal in refusals] == ["invalid_answer", "bad_request", "authorization_not_found"]


async def test_a_finished_case_can_be_looked_at(office: Office) -> None:
    done = await office.given(office.world.case("completed"))
    assert (await office.run(PreviewAuthorization(authorization_id=done.id))).result["state"] == "completed"
