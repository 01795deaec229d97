"""Pictures of a validation, as PNG bytes: spikes, potentials and outputs in floats and in integers."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from mycoflux.validate.drawing import draw
from mycoflux.validate.validation import Validation

_NEURONS = 60  # of all populations, in the raster
_TRACES = 6
_FLOAT, _INTEGER = "tab:blue", "tab:orange"
_LABELS = ("circuit in floats", "program in integers")


def figures(validation: Validation) -> dict[str, bytes]:
    """PNG pictures by title.

    Raises:
        ExtraMissing: matplotlib is not installed.
    """
    drawings: dict[str, tuple[Callable[..., None], float]] = {"Spikes": (_raster, 4.5)}
    if validation.asked.potentials:
        drawings["Potentials"] = (_potentials, 1.0 + 1.3 * min(_TRACES, len(validation.asked.potentials)))
    if validation.asked.outputs:
        drawings["Actuators"] = (_outputs, 1.0 + 1.5 * len(validation.asked.outputs))
    pictures = {}
    for title, (drawing, height) in drawings.items():
        file = io.BytesIO()
        draw(partial(drawing, validation=validation), (10.0, height), file)
        pictures[title] = file.getvalue()
    return pictures


def _raster(figure: Any, validation: Validation) -> None:
    axes = figure.subplots()
    share = max(1, _NEURONS // len(validation.asked.rasters))
    at, ticks, names = 0, [], []
    for name, raster in validation.asked.rasters.items():
        rows = range(min(share, raster.shape[1]))
        for n in rows:
            for run, color, lift in (
                (validation.asked, _FLOAT, 0.22),
                (validation.program, _INTEGER, -0.22),
            ):
                times = np.flatnonzero(run.rasters[name][:, n]) * validation.dt_s
                label = None if at + n else _LABELS[0] if lift > 0 else _LABELS[1]
                axes.plot(times, np.full(len(times), at + n - lift), "|", ms=3.5, color=color, label=label)
        ticks.append(at + (len(rows) - 1) / 2)
        names.append(name if len(rows) == raster.shape[1] else f"{name}\n({len(rows)} of {raster.shape[1]})")
        at += len(rows)
        axes.axhline(at - 0.5, color="0.9", linewidth=0.8)
    axes.set_yticks(ticks, names)
    axes.set(xlabel="time (s)", xlim=(0, validation.ticks * validation.dt_s), ylim=(at - 0.5, -0.5))
    axes.legend(loc="upper right", fontsize=8)


def _potentials(figure: Any, validation: Validation) -> None:
    names = list(validation.asked.potentials)[:_TRACES]
    axes = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
    seconds = np.arange(validation.ticks) * validation.dt_s
    for panel, name in zip(axes, names, strict=True):
        floats, integers = (
            run.potentials[name][:, 0] * 1e3 for run in (validation.asked, validation.program)
        )
        _overlay(panel, seconds, floats, integers)
        panel.set_ylabel(f"{name}[0]\n(mV)", fontsize=8)
    axes[0].legend(loc="upper right", fontsize=8)
    axes[-1].set(xlabel="time (s)", xlim=(0, validation.ticks * validation.dt_s))


def _outputs(figure: Any, validation: Validation) -> None:
    names = list(validation.asked.outputs)
    axes = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
    seconds = np.arange(validation.ticks) * validation.dt_s
    for panel, name in zip(axes, names, strict=True):
        _overlay(panel, seconds, validation.asked.outputs[name], validation.program.outputs[name])
        panel.set_ylabel(name, fontsize=8)
    axes[0].legend(loc="upper right", fontsize=8)
    axes[-1].set(xlabel="time (s)", xlim=(0, validation.ticks * validation.dt_s))


def _overlay(panel: Any, seconds: Any, floats: Any, integers: Any) -> None:
    panel.plot(seconds, floats, color=_FLOAT, linewidth=1.2, label=_LABELS[0])
    panel.plot(seconds, integers, color=_INTEGER, linewidth=0.7, label=_LABELS[1])
