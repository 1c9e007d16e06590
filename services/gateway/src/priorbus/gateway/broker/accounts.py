"""What a consumer's account may do: queues of its own name, bound to the public exchange with its tenant's keys, and nothing else."""

import re
from dataclasses import dataclass
from typing import Any

from priorbus.gateway.broker.management import Management
from priorbus.runtime.bus.names import EVENT_STREAM, EVENTS

ALL_TENANTS = "all"
"""Stands for a tenant in the names of accounts that read everything; no tenant is called like this."""
_USER = re.compile(r"pub\.(?P<tenant>all|t_[a-z0-9_-]{1,40})\.(?P<name>[a-z0-9][a-z0-9_-]{0,39})")
_NOTHING = "^$"
_POLICY = "priorbus-public-queues"
_LIMITS = {"max-connections": 20, "max-channels": 100}
_DAY_MS = 24 * 3600 * 1000
_QUEUE_RULES = {"message-ttl": 30 * _DAY_MS, "expires": 30 * _DAY_MS, "max-length-bytes": 1 << 30}
"""A consumer that never comes back fills nobody's disk; the event list and the stream go back as far."""


@dataclass(frozen=True, slots=True)
class Account:
    """`tenant` is a tenant's id or ALL_TENANTS."""

    tenant: str
    name: str

    @property
    def user(self) -> str:
        """The broker's user name."""
        return f"pub.{self.tenant}.{self.name}"

    @property
    def queue_prefix(self) -> str:
        """How the names of its queues begin."""
        return f"pub.{self.tenant}."

    @property
    def binding_key(self) -> str:
        """The widest routing key it may bind."""
        return "#" if self.tenant == ALL_TENANTS else f"{self.tenant}.#"

    def permissions(self) -> dict[str, str]:
        """Names that it may declare, write to (that is: bind queues) and read from."""
        own = f"pub\\.{self.tenant}\\..+"
        readable = [re.escape(EVENTS), own]
        if self.tenant == ALL_TENANTS:
            readable.append(re.escape(EVENT_STREAM))
        return {"configure": f"^{own}$", "write": f"^{own}$", "read": f"^({'|'.join(readable)})$"}

    def topic_permissions(self) -> dict[str, str]:
        """Routing keys of the public exchange that it may bind; it may publish none."""
        read = ".*" if self.tenant == ALL_TENANTS else f"^{self.tenant}\\."
        return {"exchange": EVENTS, "write": _NOTHING, "read": read}


class BrokerAccounts:
    """The accounts of one virtual host."""

    def __init__(self, broker: Management) -> None:
        self._broker = broker

    async def create(self, account: Account, password: str) -> None:
        """Create an account, or give it a new password and its permissions again. Raises BrokerRefused.

        What it may read comes last: without the limits before, it could read every tenant's events for a moment.
        """
        vhost = self._broker.vhost
        await self._broker.call("PUT", "policies", vhost, _POLICY, body=_policy())
        await self._broker.call("PUT", "users", account.user, body={"password": password, "tags": ""})
        for limit, value in _LIMITS.items():
            await self._broker.call("PUT", "user-limits", account.user, limit, body={"value": value})
        await self._broker.call("PUT", "topic-permissions", vhost, account.user, body=account.topic_permissions())
        await self._broker.call("PUT", "permissions", vhost, account.user, body=account.permissions())

    async def all(self) -> list[Account]:
        """Those that may use this virtual host, by name. Raises BrokerRefused."""
        rows: list[dict[str, Any]] = await self._broker.call("GET", "vhosts", self._broker.vhost, "permissions")
        found = (_USER.fullmatch(row["user"]) for row in rows)
        return sorted((Account(match["tenant"], match["name"]) for match in found if match), key=lambda account: account.user)

    async def remove(self, account: Account) -> bool:
        """Remove an account, which ends its connections; False when there is none. Raises BrokerRefused."""
        return await self._broker.call("DELETE", "users", account.user, missing=True) is not None


def _policy() -> dict[str, Any]:
    return {"pattern": r"^pub\.", "apply-to": "queues", "definition": _QUEUE_RULES, "priority": 0}
