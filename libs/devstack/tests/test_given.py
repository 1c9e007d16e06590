"""Addresses in the environment come first, except those of a development stack."""

import pytest

from priorbus.devstack.errors import DevstackError
from priorbus.devstack.given import MARKER, Given, given_addresses

ENV = {
    "PRIORBUS_AMQP_URL": "amqp://user:secret@broker:5672/",
    "PRIORBUS_MONGO_URL": "mongodb://database/?replicaSet=rs",
    "PRIORBUS_S3_ENDPOINT": "http://store",
    "PRIORBUS_S3_ACCESS_KEY": "access",
    "PRIORBUS_S3_SECRET_KEY": "secret",
}


def test_nothing_given() -> None:
    assert given_addresses({}) == Given()


def test_all_given() -> None:
    given = given_addresses(ENV)
    assert given.amqp_url == "amqp://user:secret@broker:5672/"
    assert given.management_url == "http://user:secret@broker:15672"
    assert given.s3_endpoint == "http://store"


def test_the_management_address_can_be_given_too() -> None:
    assert given_addresses({**ENV, "PRIORBUS_RABBITMQ_MANAGEMENT_URL": "https://m"}).management_url == "https://m"


def test_a_shell_that_has_read_a_development_stacks_env_file_gives_nothing() -> None:
    assert given_addresses({**ENV, MARKER: ".devstack"}) == Given()


def test_an_object_store_without_keys_is_an_error() -> None:
    with pytest.raises(DevstackError, match="PRIORBUS_S3_SECRET_KEY"):
        given_addresses({"PRIORBUS_S3_ENDPOINT": "http://store"})
