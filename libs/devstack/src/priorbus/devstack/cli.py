"""The development stack: all of Priorbus, or only its servers."""

import os
from pathlib import Path
from typing import Annotated

import typer

from priorbus.devstack.backing import Backing, attach_backing, remove_backing, start_backing, stop_backing
from priorbus.devstack.env_file import write_env_file
from priorbus.devstack.server import Server
from priorbus.devstack.stack import attach_stack, remove_stack, start_stack, stop_stack

app = typer.Typer(no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False)
backing_app = typer.Typer(no_args_is_help=True, help="RabbitMQ, MongoDB and the object store alone.")
app.add_typer(backing_app, name="backing")

Root = Annotated[Path, typer.Option(help="Where the stack keeps its data, logs and addresses.")]
_ROOT = Path(".devstack")


@backing_app.command("up")
def backing_up(root: Root = _ROOT) -> None:
    """Start what does not run yet and print the addresses."""
    _print(start_backing(root, owner=None))


@backing_app.command("down")
def backing_down(root: Root = _ROOT) -> None:
    """Stop them; the data stays."""
    stop_backing(root)


@backing_app.command("reset")
def backing_reset(root: Root = _ROOT) -> None:
    """Stop them and drop their data."""
    remove_backing(root)


@backing_app.command("status")
def backing_status(root: Root = _ROOT) -> None:
    """Print the addresses and what runs; exit code 1 when something does not."""
    found = attach_backing(root)
    if found is None:
        typer.echo(f"no stack at {root}")
        raise typer.Exit(1)
    _print(found)
    if not all(server.running() for server in found.servers):
        raise typer.Exit(1)


@app.command()
def up(
    root: Root = _ROOT,
    gateways: Annotated[int, typer.Option(help="How many gateway processes.", min=1)] = 1,
    settings: Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE, for all processes.")] = None,
) -> None:
    """Start what does not run yet, wait until it is ready, write <root>/env and print the addresses."""
    env = dict(setting.split("=", 1) for setting in settings or ())
    stack = start_stack(root, owner=None, counts={"gateway": gateways}, env=env)
    path = write_env_file(stack)
    _print(stack.backing)
    for service in stack.services:
        typer.echo(f"{service.name:13} up    {service.base_url if service.http_port is not None else service.health_url}")
    typer.echo(f"\nAddresses and keys: source {path}")


@app.command()
def down(root: Root = _ROOT) -> None:
    """Stop services and servers; the data stays."""
    stop_stack(root)


@app.command()
def reset(root: Root = _ROOT) -> None:
    """Stop everything and drop its data."""
    remove_stack(root)


@app.command()
def logs(
    root: Root = _ROOT,
    *,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until interrupted.")] = False,
) -> None:
    """Print the end of every service's log."""
    stack = attach_stack(root)
    if stack is None:
        typer.echo(f"no stack at {root}")
        raise typer.Exit(1)
    files = [str(service.log) for service in stack.services]
    os.execvp("tail", ["tail", "-n", "20", *(["-F"] if follow else []), *files])


def _print(found: Backing) -> None:
    typer.echo(f"RabbitMQ      {_state(found.rabbitmq)}  {found.amqp_url}")
    typer.echo(f"  management           {found.management_url}")
    typer.echo(f"MongoDB       {_state(found.mongodb)}  {found.mongo_url}")
    typer.echo(f"Object store  {_state(found.object_store)}  {found.s3_endpoint}")
    typer.echo(f"  keys                 {found.s3_access_key} {found.s3_secret_key}")


def _state(server: Server) -> str:
    return "up  " if server.running() else "down"
