import os
from typing import Any

import pytest

from priorbus.runtime.settings import InvalidSettings, MongoSettings, ObjectStoreSettings, OwnerSettings, load_settings
from priorbus.runtime.settings_docs import describe, installed, installed_commands, render

VALID = {"PRIORBUS_AMQP_URL": "amqp://u:topsecret@h/", "PRIORBUS_MONGO_URL": "mongodb://u:topsecret@h/"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith("PRIORBUS_")]:
        monkeypatch.delenv(name)
    return monkeypatch


def given(environment: pytest.MonkeyPatch, **values: Any) -> None:
    for name, value in (VALID | values).items():
        environment.setenv(name, value)


def test_settings_come_from_the_environment(environment: pytest.MonkeyPatch) -> None:
    given(environment, PRIORBUS_GROUP_MAX="8")
    settings = load_settings(OwnerSettings)
    assert (settings.group_max, settings.amqp_url.get_secret_value()) == (8, VALID["PRIORBUS_AMQP_URL"])


def test_every_wrong_variable_is_named_and_no_value_shown(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PRIORBUS_MONGO_URL", "mongodb://u:topsecret@h/")
    environment.setenv("PRIORBUS_GROUP_MAX", "hunter2")
    with pytest.raises(InvalidSettings) as caught:
        load_settings(OwnerSettings)
    text = str(caught.value)
    assert "PRIORBUS_AMQP_URL: Field required" in text
    assert "PRIORBUS_GROUP_MAX" in text
    assert "hunter2" not in text
    assert "topsecret" not in text


def test_secrets_do_not_show(environment: pytest.MonkeyPatch) -> None:
    given(environment)
    assert "topsecret" not in repr(load_settings(OwnerSettings))


def test_a_service_has_a_database_of_its_own(environment: pytest.MonkeyPatch) -> None:
    given(environment, PRIORBUS_MONGO_DATABASE_PREFIX="p1")
    assert load_settings(MongoSettings).database_of("fhir-pas") == "p1_fhir_pas"


def test_description_of_settings() -> None:
    rows = {row.name: row for row in describe(ObjectStoreSettings)}
    assert (rows["PRIORBUS_S3_SECRET_KEY"].type, rows["PRIORBUS_S3_SECRET_KEY"].default) == ("secret", "required")
    assert (rows["PRIORBUS_S3_ADDRESSING"].type, rows["PRIORBUS_S3_ADDRESSING"].default) == ("path or virtual", "path")
    assert rows["PRIORBUS_S3_PUBLIC_ENDPOINT"].default == rows["PRIORBUS_S3_BUCKET"].default == "required"
    assert all(row.description for row in rows.values())


def test_the_page_joins_services_and_does_not_depend_on_their_order() -> None:
    page = render({"b": ObjectStoreSettings, "a": OwnerSettings})
    assert page == render({"a": OwnerSettings, "b": ObjectStoreSettings})
    (line,) = [line for line in page.splitlines() if "PRIORBUS_LOG_LEVEL" in line]
    assert line.endswith("| a, b |")


def test_the_page_shows_what_only_a_command_needs() -> None:
    page = render({"a": OwnerSettings}, {"priorbus bucket": ObjectStoreSettings})
    lines = {name: line for line in page.splitlines() if line.startswith("| PRIORBUS_") for name in [line.split(" ")[1]]}
    assert lines["PRIORBUS_S3_BUCKET"].endswith("| `priorbus bucket` only |")
    assert lines["PRIORBUS_LOG_LEVEL"].endswith("| a |")


def test_every_setting_of_every_installed_service_is_described() -> None:
    services = installed()
    assert "storage" in services
    described = [*services.values(), *installed_commands().values()]
    assert [row.name for settings in described for row in describe(settings) if not row.description] == []
