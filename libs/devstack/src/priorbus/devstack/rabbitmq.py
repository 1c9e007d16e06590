"""RabbitMQ with its management and Prometheus plugins, under a node name, cookie and epmd of its own."""

import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from priorbus.devstack.asking import ask
from priorbus.devstack.place import Image, Place
from priorbus.devstack.processes import Program

USER = "priorbus"

# Debian's program on PATH is a wrapper that becomes the user rabbitmq; the script behind it runs as anybody.
_DEBIAN_SCRIPT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")

_CONFIGURATION = """\
listeners.tcp.1 = {host}:{amqp}
management.tcp.ip = {host}
management.tcp.port = {management}
prometheus.tcp.ip = {host}
prometheus.tcp.port = {prometheus}
default_user = {user}
default_pass = {secret}
loopback_users = none
disk_free_limit.absolute = 64MB
raft.wal_max_size_bytes = 67108864
management.rates_mode = basic
collect_statistics_interval = 1000
log.console = true
log.console.level = warning
log.file = false
"""
_PLUGINS = "[rabbitmq_management,rabbitmq_prometheus].\n"


@dataclass(frozen=True)
class RabbitMQ:
    """The broker."""

    name: str = "rabbitmq"
    port_names: Sequence[str] = ("amqp", "management", "prometheus", "distribution", "epmd")

    def native_program(self) -> str | None:
        return str(_DEBIAN_SCRIPT) if _DEBIAN_SCRIPT.exists() else shutil.which("rabbitmq-server")

    def native(self, place: Place) -> Program:
        """The distribution listens on loopback as well, and epmd is a companion, so none is left behind as a daemon."""
        directory = place.directory
        _write_configuration(place, "127.0.0.1")
        (directory / "rabbitmq-env.conf").touch()
        epmd = ("epmd", "-address", "127.0.0.1", "-port", str(place.ports["epmd"]))
        env = {
            "HOME": str(directory),
            "RABBITMQ_NODENAME": f"priorbus-{place.ports['distribution']}@localhost",
            "RABBITMQ_CONF_ENV_FILE": str(directory / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(directory / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(directory / "mnesia"),
            "RABBITMQ_LOG_BASE": str(directory / "log"),
            "RABBITMQ_PID_FILE": str(directory / "rabbitmq.pid"),
            "RABBITMQ_DIST_PORT": str(place.ports["distribution"]),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
            "ERL_EPMD_PORT": str(place.ports["epmd"]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            # The start script becomes the Erlang machine instead of waiting for it, as it does for systemd.
            "RUNNING_UNDER_SYSTEMD": "true",
        }
        return Program(command=(self.native_program() or "rabbitmq-server",), companions=(epmd,), env=env, cwd=directory)

    def image(self, place: Place) -> Image:
        _write_configuration(place, "0.0.0.0")  # noqa: S104  inside the container; published on loopback
        return Image(
            name="rabbitmq:3.13-management",
            command=(),
            data="/var/lib/rabbitmq",
            published=[place.ports[name] for name in ("amqp", "management", "prometheus")],
            env={"RABBITMQ_NODENAME": "priorbus@localhost"},
            files={
                str(place.directory / "rabbitmq.conf"): "/etc/rabbitmq/rabbitmq.conf",
                str(place.directory / "enabled_plugins"): "/etc/rabbitmq/enabled_plugins",
            },
        )

    def check_ready(self, place: Place) -> None:
        with socket.create_connection(("127.0.0.1", place.ports["amqp"]), timeout=5):
            pass
        answer = ask(f"{management_url(place)}/api/health/checks/virtual-hosts", auth=(USER, place.secret))
        answer.raise_for_status()


def amqp_url(place: Place) -> str:
    """The default virtual host."""
    return f"amqp://{USER}:{place.secret}@127.0.0.1:{place.ports['amqp']}/"


def management_url(place: Place) -> str:
    """Without credentials."""
    return f"http://127.0.0.1:{place.ports['management']}"


def _write_configuration(place: Place, host: str) -> None:
    values = {**place.ports, "host": host, "user": USER, "secret": place.secret}
    path = place.directory / "rabbitmq.conf"
    path.write_text(_CONFIGURATION.format(**values))
    (place.directory / "enabled_plugins").write_text(_PLUGINS)
