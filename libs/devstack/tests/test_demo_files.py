import re

import pytest

from priorbus.devstack.client import Client
from priorbus.devstack.demo_files import file_upload
from priorbus.devstack.stack import Stack


async def test_the_demo_shows_an_upload_and_no_credential(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    async with Client(stack.base_url, stack.seed.api_key) as client:
        file_id = await file_upload(client)
        assert (await client.succeed("GET", f"/v1/files/{file_id}")).json["status"] == "ready"
    told = capsys.readouterr().out
    assert re.search(r"first_put +200\n +second_put +412\n", told)
    assert re.search(r"status +ready\n +size +20000\n", told)
    assert "the same bytes: true" in told.lower()
    assert "X-Amz" not in told
