"""`priorbus dead-letters`: what failed too often, and what becomes of it. Shows where and why, never a message's data."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any

import aiormq
import typer

from priorbus.runtime.bus.parking import DeadLetter, NotRunnable, Parking, parking
from priorbus.runtime.cli import AsJson, command_settings, fail, show
from priorbus.runtime.clock import rfc3339
from priorbus.runtime.settings import BusSettings

SERVICES = ("gateway", "requirements", "fhir-pas", "storage")
app = typer.Typer(help="Messages that failed too often.", no_args_is_help=True)

ServiceOption = Annotated[
    list[str], typer.Option("--service", help="May be repeated; default: all.", default_factory=lambda: list(SERVICES))
]
Ids = Annotated[list[str], typer.Argument(help="Ids as `list` shows them.")]
Work = Callable[[Parking], Awaitable[list[DeadLetter]]]


@app.callback()
def dead_letters() -> None:
    """Messages that failed too often."""


@app.command("list")
def list_letters(services: ServiceOption, *, as_json: AsJson = False) -> None:
    """List them, oldest first."""
    letters = _everywhere(services, Parking.letters, as_json=as_json)
    lines = [f"{one.id}  {one.queue}  {one.type or '-'}  {one.error} ({one.category}, attempt {one.attempt})" for one in letters]
    show([_document(one) for one in letters], "\n".join(lines) or "nothing is parked", as_json=as_json)


@app.command("show")
def show_letter(id_: Annotated[str, typer.Argument(metavar="ID", help="Id as `list` shows it.")], *, as_json: AsJson = False) -> None:
    """Show one: where it failed, why, how often, and the request id that its log lines have."""
    found = [one for one in _everywhere(SERVICES, Parking.letters, as_json=as_json) if one.id == id_]
    if not found:
        fail(f"no {id_} is parked", as_json=as_json)
    document = _document(found[0])
    show(document, "\n".join(f"{name:11} {value}" for name, value in document.items()), as_json=as_json)


@app.command()
def requeue(ids: Ids, *, as_json: AsJson = False) -> None:
    """Let them run again, from their first attempt. Safe: what had been carried out already is recognised."""
    try:
        _settle(ids, lambda lot: lot.requeue(ids), "requeued", as_json=as_json)
    except NotRunnable:
        fail("what is no message can not run; nothing was requeued", as_json=as_json)


@app.command()
def drop(ids: Ids, *, as_json: AsJson = False) -> None:
    """Remove them for good. A command that is dropped leaves its case where it stands."""
    _settle(ids, lambda lot: lot.drop(ids), "dropped", as_json=as_json)


def _settle(ids: list[str], work: Work, done: str, *, as_json: bool) -> None:
    settled = [one.id for one in _everywhere(SERVICES, work, as_json=as_json)]
    missing = [id_ for id_ in ids if id_ not in settled]
    if missing:
        fail(f"not parked: {', '.join(missing)}; {done}: {', '.join(settled) or 'none'}", as_json=as_json)
    show({done: settled}, f"{done}: {', '.join(settled)}", as_json=as_json)


def _everywhere(services: list[str] | tuple[str, ...], work: Work, *, as_json: bool) -> list[DeadLetter]:
    settings = command_settings(BusSettings, as_json=as_json)

    async def run() -> list[DeadLetter]:
        async with parking(settings.amqp_url.get_secret_value()) as lots:
            return [one for service in services for one in await work(lots(service))]

    try:
        return asyncio.run(run())
    except aiormq.exceptions.ChannelNotFoundEntity:
        fail("a service has never run here: its parking queue is missing", as_json=as_json)
    except (aiormq.AMQPError, OSError) as error:
        fail(f"RabbitMQ does not answer: {type(error).__name__}", as_json=as_json)


def _document(letter: DeadLetter) -> dict[str, Any]:
    return {**asdict(letter), "at": rfc3339(letter.at) if letter.at else None}
