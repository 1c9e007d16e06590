"""What the parts cost alone, on this machine, in this run: the figures the whole is compared with."""

import asyncio
import multiprocessing
import socket
from typing import Any

import aio_pika
import aiohttp
import uvloop
from aiohttp import web
from pymongo import AsyncMongoClient, WriteConcern

from tests.load.measure import Run, drive

PATCH_BODY = (
    b'{"questionnaireResponse":{"item":[' + b",".join([b'{"linkId":"patient.firstName","answer":[{"valueString":"Ada"}]}'] * 90) + b"]}}"
)
"""About 6 KiB, the size of a questionnaire sent whole."""
STATE = {"answers": [{"linkId": f"q.item{n}", "value": "x" * 24} for n in range(45)], "version": 1}
"""About 3 KiB as BSON, the size of the state of the case that the benchmark writes."""
REPLY, FACT = b"r" * 3_600, b"f" * 4_400
"""The sizes of what a write's row in the journal holds."""


async def http_echo(clients: int, seconds: float) -> Run:
    """A bare aiohttp server in a process of its own that reads the body and sends it back."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = multiprocessing.get_context("fork").Process(target=_echo_server, args=(listener,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=clients)) as session:

            async def patch(_: int) -> None:
                async with session.patch(url, data=PATCH_BODY) as response:
                    await response.read()

            return await drive("floor: aiohttp echo", clients, patch, seconds=seconds)
    finally:
        server.terminate()
        server.join()


def _echo_server(listener: socket.socket) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    async def serve() -> None:
        app = web.Application()
        app.router.add_patch("/", echo)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        await asyncio.Event().wait()

    uvloop.run(serve())


async def broker(amqp_url: str, clients: int, seconds: float) -> Run:
    """aio-pika: a confirmed, persistent publish to a quorum queue, consumed and acked; one operation is one message through."""
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        publishing = await connection.channel(publisher_confirms=True)
        consuming = await connection.channel()
        await consuming.set_qos(prefetch_count=200)
        queue = await consuming.declare_queue("bench.floor", durable=True, arguments={"x-queue-type": "quorum"})
        await queue.consume(lambda message: message.ack())

        async def through(_: int) -> None:
            message = aio_pika.Message(PATCH_BODY, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await publishing.default_exchange.publish(message, "bench.floor")

        run = await drive("floor: aio-pika confirm + consume", clients, through, seconds=seconds)
        await queue.delete(if_unused=False, if_empty=False)
    return run


async def transactions(mongo_url: str, clients: int, seconds: float) -> Run:
    """MongoDB alone: one transaction per write, with the documents of a write (state replaced, journal row inserted)."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url)
    database = client.get_database(f"priorbus_floor_{clients}", write_concern=WriteConcern("majority", j=True))
    states, journal = database["states"], database["journal"]
    await states.insert_many([{"_id": number, **STATE} for number in range(clients)])
    await database.create_collection("journal")

    async def write(number: int) -> None:
        async with client.start_session() as session, await session.start_transaction():
            await states.replace_one({"_id": number}, STATE, session=session)
            await journal.insert_one({"reply": REPLY, "out": [{"exchange": "facts", "key": "x", "body": FACT}]}, session=session)

    try:
        return await drive("floor: one MongoDB transaction per write", clients, write, seconds=seconds)
    finally:
        await client.drop_database(database.name)
        await client.close()
