"""Reserved ports are free, and nobody else gets them."""

import socket

import pytest

from priorbus.devstack import ports
from priorbus.devstack.errors import DevstackError


def test_two_leases_never_share_a_port() -> None:
    leases = [ports.lease() for _ in range(50)]
    try:
        assert len({lease.port for lease in leases}) == len(leases)
        assert [ports.try_lease(lease.port) for lease in leases] == [None] * len(leases)
    finally:
        for lease in leases:
            lease.release()


def test_a_released_port_can_be_had_again() -> None:
    first = ports.lease()
    first.release()
    second = ports.lease(first.port)
    second.release()
    assert second.port == first.port


def test_a_port_in_use_is_not_given() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        taken = server.getsockname()[1]
        assert ports.try_lease(taken) is None
        other = ports.lease(taken)
        other.release()
    assert other.port != taken


def test_no_port_left_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "try_lease", lambda _: None)
    with pytest.raises(DevstackError, match="no free port"):
        ports.lease()
