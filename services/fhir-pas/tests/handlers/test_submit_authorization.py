from typing import Any

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import GrantPermit


async def test_asks_for_the_next_attempt(service: Any, case: Authorization) -> None:
    handled = await service.want_submission(case.model_copy(update={"attempts": 3}))
    assert handled.published == [GrantPermit(authorization_id="auth_123", work_item_id="work_1", attempt=4, channel="sandbox")]


async def test_does_not_contact_the_payer(service: Any, payer: Any, case: Authorization) -> None:
    await service.want_submission(case)
    assert payer.requests == []
