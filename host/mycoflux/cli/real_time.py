"""`mycoflux run --real-time`: the board ticks by its own clock."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from mycoflux.backends.real_time import RealTimeRun, run_in_real_time
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.cli import console, fit
from mycoflux.cli.kernel import kernel_json, tell_kernel
from mycoflux.cli.program import Loaded
from mycoflux.deploy.connect import connect
from mycoflux.errors import BehaviourDiffers
from mycoflux.link.clock_report import ClockReport


def run_real_time(
    loaded: Loaded,
    url: str,
    ticks: int,
    readings: Sequence[int],
    *,
    period_us: int,
    check: bool,
    as_json: bool,
) -> None:
    """Flash what is missing, let the board run for the time of `ticks` ticks, and print how it fared.

    period_us: of a tick; 0 for the program's dt.
    """
    fit.refuse_what_cannot_fit(loaded.program, url)
    with connect(url) as connected:
        tell_kernel(connected, quiet=as_json)
        connected.put(loaded.image)
        with console.progress("running", ticks, quiet=as_json) as bar:
            run = run_in_real_time(
                loaded.program,
                connected.session,
                ticks,
                readings,
                period_us=period_us,
                reference=PlainReference(loaded.program) if check else None,
                on_due=bar,
            )
    outputs = {a.name: value for a, value in zip(loaded.program.actuators, run.outputs, strict=True)}
    if as_json:
        console.print_json({"board": url, **kernel_json(connected), **_as_json(run, outputs)})
    else:
        _print(run, outputs)
    _warn(run.report)
    if run.identical != run.compared:
        raise BehaviourDiffers(
            f"{run.compared - run.identical} of {run.compared} values of u and v differ from the reference's",
            where=url,
            remedy="This is a bug in mycoflux: please report the circuit and the board",
        )


def _as_json(run: RealTimeRun, outputs: dict[str, int]) -> dict[str, object]:
    return {
        "clock": dataclasses.asdict(run.report),
        "actuators": outputs,
        "reference": {"values": run.compared, "values_identical": run.identical},
    }


def _print(run: RealTimeRun, outputs: dict[str, int]) -> None:
    report = run.report
    lines = [
        f"ticks: {report.ticks:,} of {report.period_us:,} us, {report.overruns:,} overruns",
        f"began late by {report.lateness_mean_us:,.1f} us on average, 99 % within "
        f"{report.lateness_below_us(0.99):,} us, {report.lateness_worst_us:,} us at worst",
        f"took {report.duration_mean_us:,.1f} us on average, {report.duration_worst_us:,} us at worst",
        f"ended after the next was due: {report.missed:,}; began after it: {report.late:,}",
        f"host lost: {report.hosts_lost:,} times",
        *(f"{name}: {value} at the end" for name, value in outputs.items()),
    ]
    if run.compared:
        lines.append(f"u and v identical to reference: {run.identical}/{run.compared}")
    for line in lines:
        console.out.print(line, markup=False)
    for low, high, n in _bins(report):
        console.out.print(f"  late by {low:,}{high} us: {n:,}", markup=False)


def _bins(report: ClockReport) -> list[tuple[int, str, int]]:
    rows = []
    for place, n in enumerate(report.bins):
        if n:
            low = 1 << place >> 1
            last = place == len(report.bins) - 1
            high = " and more" if last else f"..{2 * low - 1:,}" if low > 1 else ""
            rows.append((low, high, n))
    return rows


def _warn(report: ClockReport) -> None:
    if report.overruns:
        console.say(
            f"{report.overruns:,} of {report.due:,} ticks were given up: the board was too slow, or held up, "
            f"for {report.period_us:,} us a tick; use a longer dt_s or --period-us, or fewer neurons"
        )
