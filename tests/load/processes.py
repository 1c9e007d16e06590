"""The processes of a stack, as a meter wants them."""

from collections.abc import Mapping

from priorbus.devstack.stack import Stack


def processes(stack: Stack) -> Mapping[str, int]:
    """Process ids by name: services and servers."""
    named = {service.name: service.process() for service in stack.services}
    named |= {"rabbitmq": stack.backing.rabbitmq.process(), "mongodb": stack.backing.mongodb.process()}
    named |= {"object-store": stack.backing.object_store.process()}
    return {name: process.pid for name, process in named.items() if process is not None}
