"""Pictures of a recording: the path, the spikes, the readings and motor duty."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mycoflux.files import write_bytes
from mycoflux.program.recording import Recording
from mycoflux.validate.drawing import draw


def plot_run(recording: Recording, folder: Path) -> list[Path]:
    """Write raster.png, duty.png and, where the plant moved in a plane, path.png; return their paths.

    Raises:
        ExtraMissing: matplotlib is not installed.
    """
    drawings = [
        ("raster.png", _raster, (10.0, 5.0)),
        ("duty.png", _duty, (10.0, 2.5 + 1.5 * len(recording.output_names))),
    ]
    if "track_m" in recording.plant:
        drawings.insert(0, ("path.png", _path, (6.5, 6.0)))
    written = []
    for name, drawing, size in drawings:
        picture = io.BytesIO()
        draw(partial(drawing, recording=recording), size, picture)
        write_bytes(folder / name, picture.getvalue(), "the plot")
        written.append(folder / name)
    return written


def _path(figure: Any, recording: Recording) -> None:
    axes = figure.subplots()
    plant = recording.plant
    track = np.vstack((plant["track_m"], plant["track_m"][:1]))
    axes.plot(*track.T, color="0.75", linewidth=6, solid_capstyle="round", label="line", zorder=1)
    seconds = np.arange(len(plant["x_m"])) * recording.dt_s
    dots = axes.scatter(plant["x_m"], plant["y_m"], c=seconds, s=2, cmap="viridis", zorder=2)
    if len(plant["gates_m"]):
        axes.scatter(*plant["gates_m"].T, marker="X", s=90, color="crimson", label="gate closes", zorder=3)
    figure.colorbar(dots, label="time (s)", shrink=0.8)
    axes.set(aspect="equal", xlabel="x (m)", ylabel="y (m)", title=f"path on {recording.board}")
    axes.legend(loc="center")


def _raster(figure: Any, recording: Recording) -> None:
    axes = figure.subplots()
    seconds = recording.spike_ticks * recording.dt_s
    for i, (_, first, size) in enumerate(recording.populations):
        mine = (recording.spike_neurons >= first) & (recording.spike_neurons < first + size)
        axes.plot(seconds[mine], recording.spike_neurons[mine], "|", markersize=5, color=f"C{i % 10}")
        if i % 2:
            axes.axhspan(first - 0.5, first + size - 0.5, color="0.95", zorder=0)
    axes.set_yticks(
        [first + (size - 1) / 2 for _, first, size in recording.populations],
        [name for name, _, _ in recording.populations],
    )
    axes.set(xlabel="time (s)", title=f"spikes on {recording.board}", xlim=(0, _end(recording)))
    axes.invert_yaxis()


def _duty(figure: Any, recording: Recording) -> None:
    """The readings in one panel, and a panel an actuator: their values mean different things."""
    axes = figure.subplots(1 + len(recording.output_names), 1, sharex=True, squeeze=False)[:, 0]
    seconds = np.arange(len(recording.inputs)) * recording.dt_s
    for i, name in enumerate(recording.input_names):
        axes[0].plot(seconds, recording.inputs[:, i], linewidth=0.9, label=name)
    axes[0].set(ylabel="reading (0 to 4095)", title=f"readings and actuators on {recording.board}")
    if recording.input_names:
        axes[0].legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    for i, name in enumerate(recording.output_names):
        axes[1 + i].plot(seconds, recording.outputs[:, i], linewidth=0.6, color=f"C{i}")
        axes[1 + i].set(ylabel=name)
    axes[-1].set(xlabel="time (s)", xlim=(0, _end(recording)))


def _end(recording: Recording) -> float:
    return max(len(recording.inputs) * recording.dt_s, recording.dt_s)
