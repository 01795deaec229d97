"""How fast and how small the device's kernels are: `make bench-device`, tables of docs/device-speed.md.

    python -m tests.bench.bench_device --write                # all of it, into the page
    python -m tests.bench.bench_device --only synfire bytes   # some of it

The last line is `device: generic G, straight-line S, viper V, C L instructions an event`, for packed rows of
25 on the Cortex-M0. It fails where Synfire4 spikes other than the reference or is too slow, or an
event takes more than it may.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from mycoflux.resources import data_folder
from tests.bench import device_bytes, device_events, synfire, synfire_table, x64_speed

PAGE = data_folder("examples").parent / "docs" / "device-speed.md"


class GoalMissed(Exception):
    """A figure is not what it is to be."""


def events(folder: Path) -> list[str]:
    """Instructions an event and an update, for each kernel and processor."""
    lines = list[str]()
    interpreted = device_events.bytecode()
    for bench in device_events.benches(folder):
        of_machine, headline = device_events.table(bench, interpreted)
        c = headline["C"]
        if headline["generic"] > 1.1 * c or headline["straight-line"] > 4 or headline["viper"] > 4 * c:
            raise GoalMissed(f"{bench.machine}, {bench.arch}: {headline}")
        lines += [*of_machine, ""]
    return lines[:-1]


def of_synfire(folder: Path) -> list[str]:
    """Instructions of Synfire4's ticks, and its RAM."""
    bench = synfire.Bench(folder)
    cases = synfire_table.cases(bench)
    if cases[0].counted.worst > synfire.LIMIT or bench.used(cases[0].counted) > synfire.RAM:
        raise GoalMissed(f"Synfire4: {cases[0].counted.worst:,.0f} instructions in the worst tick")
    return synfire_table.lines(bench, cases)


def of_bytes(folder: Path) -> list[str]:
    """Bytes of a synapse, a neuron, heap, images, kernels."""
    del folder
    return device_bytes.table(device_bytes.lines())


def x64(folder: Path) -> list[str]:
    """The viper kernel and C on this computer."""
    del folder
    return x64_speed.table()


SECTIONS: dict[str, Callable[[Path], list[str]]] = {
    "synfire": of_synfire,
    "bytes": of_bytes,
    "x64": x64,
    "events": events,
}


def section(page: str, name: str) -> list[str]:
    """The lines between a section's marks."""
    return _marked(page, name).group(2).splitlines()


def with_section(page: str, name: str, lines: Sequence[str]) -> str:
    """The page with other lines between a section's marks."""
    found = _marked(page, name)
    return page[: found.start(2)] + "\n".join(lines) + "\n" + page[found.end(2) :]


def _marked(page: str, name: str) -> re.Match[str]:
    found = re.search(rf"(<!-- bench-device: {name} -->\n)(.*?)(<!-- end -->)", page, re.S)
    assert found is not None, f"the page has no marks of {name}"
    return found


def headline(lines: Sequence[str]) -> str:
    """The last line of the output, from the events' tables."""
    wanted = f"| {device_events.name_of(device_events.HEADLINE)} |"
    line = next(line for line in lines if line.startswith(wanted))
    generic, straight, viper, c = (text.strip() for text in line.split("|")[2:6])
    return f"device: generic {generic}, straight-line {straight}, viper {viper}, C {c} instructions an event"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.name}, between its marks")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="of the sections")
    arguments = parser.parse_args()
    last = ""
    with tempfile.TemporaryDirectory() as name:
        for which in (s for s in SECTIONS if s in arguments.only):
            lines = SECTIONS[which](Path(name))
            print("\n".join(lines) + "\n", flush=True)
            if which == "events":
                last = headline(lines)
            if arguments.write:
                page = with_section(PAGE.read_text(encoding="utf-8"), which, lines)
                PAGE.write_text(page, encoding="utf-8")
    if last:
        print(last)


if __name__ == "__main__":
    main()
