"""`make bench`: the whole stack, the same build with groups of one, and the floors, in one run on one machine.

Prints one table and writes `bench.json`. Figures are compared as ratios within the run; absolute ones belong to the machine.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

import uvloop

from priorbus.devstack.backing import Backing, backing
from priorbus.devstack.seed import TENANT
from priorbus.devstack.stack import Stack, running_stack
from tests.load import claims, engine, floors, lists, patient_lists, workloads
from tests.load.measure import Meter, Run, drive, pace, table
from tests.load.processes import processes

CLIENTS = (1, 16, 64)
SOAK_WRITES = 50_000
STEADY = 50


async def patches(stack: Stack, label: str, seconds: float) -> list[Run]:
    """PATCH answers at each number of clients."""
    meter, runs = Meter(processes(stack)), []
    for clients in CLIENTS:
        async with workloads.patching(stack.base_url, stack.seed.api_key, clients) as patch:
            await drive("warm-up", clients, patch, seconds=2)
            runs.append(await drive(f"{label}: PATCH answers", clients, patch, seconds=seconds, meter=meter))
    return runs


async def reads(stack: Stack, seconds: float) -> list[Run]:
    """GET at each number of clients."""
    meter, runs = Meter(processes(stack)), []
    for clients in CLIENTS:
        async with workloads.reading(stack.base_url, stack.seed.api_key, clients) as get:
            runs.append(await drive("stack: GET", clients, get, seconds=seconds, meter=meter))
    return runs


async def steady(stack: Stack, seconds: float) -> list[Run]:
    """Fifty writes and fifty reads a second side by side, for which the specification has target latencies (Conventions 15.6)."""
    arguments = stack.base_url, stack.seed.api_key, CLIENTS[1]
    async with workloads.patching(*arguments) as patch, workloads.reading(*arguments) as get:
        await drive("warm-up", CLIENTS[1], patch, seconds=2)
        names = ("steady: PATCH answers", "steady: GET")
        paced = (pace(name, STEADY, CLIENTS[1], operation, seconds=seconds) for name, operation in zip(names, (patch, get), strict=True))
        return await asyncio.gather(*paced)


async def slow_paths(stack: Stack, label: str, seconds: float) -> list[Run]:
    """Whole cases, and FHIR submits."""
    meter = Meter(processes(stack))
    async with workloads.whole_cases(stack.base_url, stack.seed.api_key, 16) as case:
        whole = await drive(f"{label}: create to completed", 16, case, seconds=seconds, meter=meter)
    token = await asyncio.to_thread(stack.priorbus, "fhir", "token", "--tenant", TENANT, "--client", "bench")
    async with workloads.submitting(stack.base_url, token["access_token"], 16) as submit:
        return [whole, await drive(f"{label}: FHIR submit", 16, submit, seconds=seconds, meter=meter)]


async def soak(stack: Stack, writes: int) -> list[Run]:
    """Many writes; memory after the first fifth and at the end tells whether it is flat."""
    meter = Meter(processes(stack))
    async with workloads.patching(stack.base_url, stack.seed.api_key, 64) as patch:
        first = await drive("soak: first fifth", 64, patch, count=writes // 5, meter=meter)
        return [first, await drive("soak: the rest", 64, patch, count=writes - writes // 5, meter=meter)]


async def all_floors(servers: Backing, seconds: float) -> list[Run]:
    """The parts alone."""
    return [
        await floors.http_echo(64, seconds),
        await floors.broker(servers.amqp_url, 64, seconds),
        await floors.transactions(servers.mongo_url, 16, seconds),
        await floors.transactions(servers.mongo_url, 64, seconds),
    ]


def run_all(root: Path, seconds: float, writes: int) -> list[Run]:
    """Every measurement, one after the other on the same servers."""
    with backing(root) as servers:
        runs = uvloop.run(all_floors(servers, seconds))
        with running_stack(root / "one", backing=servers, env={"PRIORBUS_GROUP_MAX": "1"}) as stack:
            runs += uvloop.run(patches(stack, "groups of one", seconds))
            runs += uvloop.run(slow_paths(stack, "groups of one", seconds))
        with running_stack(root / "group", backing=servers) as stack:
            runs += uvloop.run(patches(stack, "stack", seconds))
            runs += uvloop.run(reads(stack, seconds))
            runs += uvloop.run(steady(stack, seconds))
            runs += uvloop.run(slow_paths(stack, "stack", seconds))
            runs += uvloop.run(soak(stack, writes)) if writes else []
    return runs


def measure_lists(root: Path) -> tuple[list[lists.Row], list[patient_lists.Row]]:
    """List pages at 10,000 and at 1,000,000 cases, and at 1,000,000 patient attachments, on databases of their own."""
    with backing(root) as servers:
        return asyncio.run(lists.measure(servers.mongo_url)), asyncio.run(patient_lists.measure(servers.mongo_url))


def measure_claims(root: Path) -> list[claims.Row]:
    """Submits with 1,000 and with 200,000 claims stored."""
    with backing(root / "servers") as servers:
        return claims.measure(servers, root / "stack")


def find(runs: list[Run], name: str, clients: int) -> Run:
    """The run of that name."""
    return next(run for run in runs if (run.name, run.clients) == (name, clients))


def targets(runs: list[Run]) -> list[tuple[str, float, str]]:
    """What is to be reached: (figure, value, bound)."""
    grouped, single = find(runs, "stack: PATCH answers", 64), find(runs, "groups of one: PATCH answers", 64)
    floor = max(run.rate for run in runs if run.name == "floor: one MongoDB transaction per write")
    alone, alone_single = find(runs, "stack: PATCH answers", 1), find(runs, "groups of one: PATCH answers", 1)
    return [
        ("PATCH at 64 clients, writes/s ÷ groups of one", grouped.rate / single.rate, "≥ 2.5"),
        ("PATCH at 64 clients, writes/s ÷ one MongoDB transaction per write", grouped.rate / floor, "≥ 0.5"),
        ("PATCH at 1 client, p50 ÷ groups of one", alone.percentile(0.5) / alone_single.percentile(0.5), "≤ 1 within noise"),
        (
            "FHIR submit at 16 clients, rate ÷ groups of one",
            find(runs, "stack: FHIR submit", 16).rate / find(runs, "groups of one: FHIR submit", 16).rate,
            "≥ 1.5",
        ),
        *(
            (f"{name} at {STEADY} a second, p95 in ms", find(runs, f"steady: {name}", CLIENTS[1]).percentile(0.95), bound)
            for name, bound in (("PATCH answers", "≤ 500"), ("GET", "≤ 100"))
        ),
    ]


def report(runs: list[Run]) -> str:
    """The table of rates and latencies, CPU per operation by process, memory, and the ratios."""
    rates = [["workload", "clients", "per second", "p50 ms", "p99 ms"]]
    rates += [[r.name, str(r.clients), f"{r.rate:.0f}", f"{r.percentile(0.5):.1f}", f"{r.percentile(0.99):.1f}"] for r in runs]
    measured = [run for run in runs if run.cpu]
    names = list(dict.fromkeys(name for run in measured for name in run.cpu))
    cpu = [["CPU µs per operation", "clients", *names, "all"]]
    cpu += [[r.name, str(r.clients), *(f"{r.cpu_micros(n):.0f}" for n in names), f"{sum(map(r.cpu_micros, names)):.0f}"] for r in measured]
    memory = [["memory MiB after", "clients", *names]]
    memory += [[r.name, str(r.clients), *(f"{r.memory.get(n, 0) / 2**20:.0f}" for n in names)] for r in measured]
    ratios = [["to reach", "measured", "bound"], *([name, f"{value:.2f}", bound] for name, value, bound in targets(runs))]
    return "\n\n".join(table(rows) for rows in (rates, cpu, memory, ratios))


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="length of each measurement")
    parser.add_argument("--soak", type=int, default=SOAK_WRITES, help="writes of the memory soak, 0 for none")
    parser.add_argument(
        "--lists", action=argparse.BooleanOptionalAction, default=True, help="list pages at 1,000,000 cases and patient attachments"
    )
    parser.add_argument("--json", type=Path, default=Path("bench.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="priorbus-bench-") as folder:
        runs = run_all(Path(folder) / "stack", options.seconds, options.soak)
        engine_rows = engine.measure()
        list_rows, patient_rows = measure_lists(Path(folder) / "lists") if options.lists else ([], [])
        claim_rows = measure_claims(Path(folder) / "claims") if options.lists else []
    parts = [
        report(runs),
        engine.report(engine_rows),
        *([lists.report(list_rows), patient_lists.report(patient_rows)] if list_rows else []),
        *([claims.report(claim_rows)] if claim_rows else []),
    ]
    sys.stdout.write("\n\n".join(parts) + "\n")
    figures = {
        "runs": [run.as_json() for run in runs],
        "ratios": {name: round(value, 3) for name, value, _ in targets(runs)},
        "engine": [row.as_json() for row in engine_rows],
        "lists": [row.as_json() for row in list_rows],
        "claims": [row.as_json() for row in claim_rows],
        "patient_lists": [row.as_json() for row in patient_rows],
    }
    options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
