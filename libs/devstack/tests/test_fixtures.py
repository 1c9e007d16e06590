"""The fixtures give real servers with a private corner for each test."""

import secrets
from collections.abc import Callable
from typing import Any

import aio_pika
import botocore.session
import pytest
from botocore.exceptions import ClientError
from pymongo import AsyncMongoClient

from priorbus.devstack.backing import Backing


async def test_a_quorum_queue_takes_and_gives_a_message(amqp_url: str) -> None:
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel(publisher_confirms=True)
        queue = await channel.declare_queue("quorum", durable=True, arguments={"x-queue-type": "quorum"})
        await channel.default_exchange.publish(aio_pika.Message(b"body"), "quorum", mandatory=True)
        message = await queue.get()
    assert message is not None
    assert message.body == b"body"


async def test_a_virtual_host_is_private(amqp_url: str, make_vhost: Callable[[], str]) -> None:
    other = make_vhost()
    async with await aio_pika.connect(amqp_url) as connection:
        await (await connection.channel()).declare_queue("private", durable=True)
    async with await aio_pika.connect(other) as connection:
        channel = await connection.channel()
        with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
            await channel.declare_queue("private", passive=True)


async def test_a_transaction_that_is_aborted_leaves_nothing(mongo_url: str, database_prefix: str) -> None:
    async with AsyncMongoClient[dict[str, Any]](mongo_url) as client:
        rows = client[f"{database_prefix}_devstack"]["rows"]
        await rows.insert_one({"_id": "before"})
        async with client.start_session() as session:
            await session.start_transaction()
            await rows.insert_one({"_id": "inside"}, session=session)
            await session.abort_transaction()
        assert [row["_id"] async for row in rows.find()] == ["before"]


def test_the_object_store_checks_signatures(backing: Backing, bucket: str) -> None:
    def client(secret: str) -> Any:
        made: Any = botocore.session.get_session().create_client(
            "s3",
            endpoint_url=backing.s3_endpoint,
            aws_access_key_id=backing.s3_access_key,
            aws_secret_access_key=secret,
            region_name=backing.s3_region,
        )
        return made

    client(backing.s3_secret_key).put_object(Bucket=bucket, Key="key", Body=b"body")
    assert client(backing.s3_secret_key).get_object(Bucket=bucket, Key="key")["Body"].read() == b"body"
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        client(secrets.token_hex(16)).get_object(Bucket=bucket, Key="key")
