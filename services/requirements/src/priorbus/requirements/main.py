"""Composition of the requirements service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from priorbus.requirements.adapters.templates import CachedTemplates
from priorbus.requirements.aggregates import ALL
from priorbus.requirements.settings import Settings
from priorbus.requirements.subscriptions import subscriptions
from priorbus.runtime import service
from priorbus.runtime.mongo import Store


@asynccontextmanager
async def compose(settings: Settings, store: Store) -> AsyncIterator[service.Service]:
    """Nothing to open besides store and bus."""
    templates = CachedTemplates(store, asyncio.get_running_loop().time)
    yield service.Service(subscriptions(templates, settings.terms()), ALL)


def main() -> None:
    """Run until SIGTERM."""
    service.run("requirements", Settings, compose)
