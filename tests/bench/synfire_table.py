"""What `tests.bench.synfire` counts, as tables of docs/device-speed.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench import synfire
from tests.bench.synfire import Bench, Counted


@dataclass(frozen=True)
class Case:
    """A line of the table."""

    name: str
    counted: Counted


def generic(bench: Bench) -> Case:
    """Without straight-line code."""
    return Case("generic", bench.counted())


def cases(bench: Bench) -> list[Case]:
    """All lines: generic first, then straight-line code as far as the RAM left goes."""
    first = generic(bench)
    return [
        first,
        Case("straight-line, as at boot", bench.counted(bench.at_boot(first.counted))),
        Case("straight-line, shortest worst tick", bench.counted(bench.shortest(first.counted))),
        Case("straight-line, all: no room", bench.counted(range(len(bench.sizes)))),
    ]


def lines(bench: Bench, found: Sequence[Case]) -> list[str]:
    """Instructions, then bytes, then which projections are straight-line code."""
    table = [
        f"| instructions a tick (mean; worst) | all | {' | '.join(synfire.STAGES)} |",
        "|---|" + "--:|" * 5,
        *(instructions(case) for case in found),
        "",
        f"| bytes of RAM | {' | '.join(case.name for case in found)} |",
        "|---|" + "--:|" * len(found),
    ]
    fixed = {
        "image": bench.memory.image,
        "buffers, records, the kernel's plan": bench.memory.buffers,
        "runtime's heap, on armv7": bench.runtime,
        "native code": len(bench.kernel),
    }
    table += [f"| {name} | {' | '.join(f'{size:,}' for _ in found)} |" for name, size in fixed.items()]
    table.append(f"| straight-line code | {' | '.join(f'{case.counted.code:,}' for case in found)} |")
    used = [bench.used(case.counted) for case in found]
    table.append(f"| all | {' | '.join(f'{size:,}' for size in used)} |")
    table.append(f"| left of {synfire.RAM:,} | {' | '.join(f'{synfire.RAM - size:,}' for size in used)} |")
    for case in found[1:-1]:
        chosen = ", ".join(_projection(bench, i) for i in sorted(case.counted.straight))
        table += ["", f"{case.name.capitalize()}: {chosen}."]
    return table


def instructions(case: Case) -> str:
    """A line of the table of instructions."""
    stages = case.counted.stages
    columns = [case.counted.ticks, *(stages[:, i] for i in range(len(synfire.STAGES)))]
    return f"| {case.name} | {' | '.join(f'{c.mean():,.0f}; {c.max():,.0f}' for c in columns)} |"


def _projection(bench: Bench, index: int) -> str:
    program = bench.case.program
    p = program.projections[index]
    return f"{program.group_name(p.group)} to {program.populations[p.target].name}"
