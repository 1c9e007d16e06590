import json

import pytest
import typer

from priorbus.fhir_pas.pas_commands import finalisation


def test_items_are_read_from_json() -> None:
    command = finalisation("cr_1", ['{"sequence":1,"action":"A1"}'], automatic=True, as_json=True)
    assert ([(item.sequence, item.action) for item in command.items], command.human_reviewed) == ([(1, "A1")], False)


@pytest.mark.parametrize("item", ["A1", "{", '{"sequence":"x"}', "[]"])
def test_an_item_that_is_none_is_refused_with_a_message(item: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        finalisation("cr_1", [item], automatic=False, as_json=True)
    assert ended.value.exit_code == 1
    assert "sequence" in json.loads(capsys.readouterr().out)["error"]["message"]
