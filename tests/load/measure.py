"""What a run measured: rates, latencies, and what each process paid for it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import psutil


@dataclass
class Run:
    """Figures of one workload. Latencies in seconds; CPU in seconds by process name, children included; memory in bytes."""

    name: str
    clients: int
    seconds: float
    latencies: list[float] = field(repr=False)
    cpu: dict[str, float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Operations per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that this share of the operations did not exceed, in milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def cpu_micros(self, process: str) -> float:
        """CPU microseconds per operation in this process."""
        return 1e6 * self.cpu.get(process, 0) / max(1, len(self.latencies))

    def as_json(self) -> dict[str, object]:
        """The row of the JSON report."""
        return {
            "name": self.name,
            "clients": self.clients,
            "operations": len(self.latencies),
            "seconds": round(self.seconds, 2),
            "per_second": round(self.rate, 1),
            "p50_ms": round(self.percentile(0.5), 2),
            "p99_ms": round(self.percentile(0.99), 2),
            "cpu_us_per_operation": {name: round(self.cpu_micros(name)) for name in self.cpu},
            "memory_bytes": self.memory,
        }


class Meter:
    """Reads CPU time and resident memory of named processes with their children."""

    def __init__(self, processes: Mapping[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in processes.items()}

    def cpu(self) -> dict[str, float]:
        """CPU seconds used so far."""
        return {name: sum(_cpu(one) for one in _family(process)) for name, process in self._processes.items()}

    def memory(self) -> dict[str, int]:
        """Resident bytes now."""
        return {name: sum(_memory(one) for one in _family(process)) for name, process in self._processes.items()}


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


Operation = Callable[[int], Awaitable[None]]
"""One operation of client number n."""


async def drive(name: str, clients: int, operation: Operation, *, seconds: float = 0, count: int = 0, meter: Meter | None = None) -> Run:
    """Let `clients` loops repeat the operation for so many seconds, or until so many were made altogether."""
    latencies: list[float] = []
    before = meter.cpu() if meter else {}
    start = time.perf_counter()
    deadline = start + seconds

    async def client(number: int) -> None:
        while (count and len(latencies) < count) or (not count and time.perf_counter() < deadline):
            began = time.perf_counter()
            await operation(number)
            latencies.append(time.perf_counter() - began)

    await asyncio.gather(*(client(number) for number in range(clients)))
    run = Run(name, clients, time.perf_counter() - start, latencies)
    if meter:
        after = meter.cpu()
        run.cpu = {process: after[process] - before[process] for process in after}
        run.memory = meter.memory()
    return run


async def pace(name: str, per_second: int, clients: int, operation: Operation, *, seconds: float) -> Run:
    """Begin so many operations a second, whatever they take; client n is busy with one at a time. A late start counts as latency."""
    latencies: list[float] = []
    start = time.perf_counter()

    async def client(number: int) -> None:
        for turn in range(number, int(per_second * seconds), clients):
            due = start + turn / per_second
            await asyncio.sleep(due - time.perf_counter())
            await operation(number)
            latencies.append(time.perf_counter() - due)

    await asyncio.gather(*(client(number) for number in range(clients)))
    return Run(name, clients, time.perf_counter() - start, latencies)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as aligned text, the first one being the heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])
