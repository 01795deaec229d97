"""A recording: everything that went into and came out of a program in one run, tick by tick."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mycoflux.errors import InvalidInput
from mycoflux.files import write_whole

_FORMAT = 1
_PLANT = "plant_"


@dataclass(frozen=True, eq=False)
class Recording:
    """One run. Ticks count from 0; readings and actuator values are the program's integers."""

    dt_s: float
    input_names: tuple[str, ...]
    inputs: NDArray[np.int16]  # (ticks, channels)
    output_names: tuple[str, ...]
    outputs: NDArray[np.int16]  # (ticks, actuators)
    spike_ticks: NDArray[np.int32]  # (spikes,), ascending
    spike_neurons: NDArray[np.int32]  # (spikes,)
    populations: tuple[tuple[str, int, int], ...]  # name, first neuron, size
    plant: Mapping[str, NDArray[Any]]  # the plant's own trace
    board: str
    program_crc: int

    def save(self, path: Path) -> None:
        """Write an .npz file, whole or not at all.

        Raises:
            InvalidInput: the file cannot be written.
        """
        arrays: dict[str, Any] = {
            "format": _FORMAT,
            "dt_s": self.dt_s,
            "input_names": np.array(self.input_names, dtype=np.str_),
            "inputs": self.inputs,
            "output_names": np.array(self.output_names, dtype=np.str_),
            "outputs": self.outputs,
            "spike_ticks": self.spike_ticks,
            "spike_neurons": self.spike_neurons,
            "population_names": np.array([p[0] for p in self.populations], dtype=np.str_),
            "population_ranges": np.array([p[1:] for p in self.populations], dtype=np.int64),
            "board": self.board,
            "program_crc": self.program_crc,
            **{_PLANT + name: array for name, array in self.plant.items()},
        }
        write_whole(path, lambda file: np.savez_compressed(file, **arrays), "the recording")

    @classmethod
    def load(cls, path: Path) -> Recording:
        """Read what `save` wrote.

        Raises:
            InvalidInput: no such file, damaged, or no recording.
        """
        try:
            with np.load(path, allow_pickle=False) as data:
                if int(data["format"]) != _FORMAT:
                    raise ValueError(f"format {int(data['format'])}")
                return cls(
                    float(data["dt_s"]),
                    tuple(str(n) for n in data["input_names"]),
                    data["inputs"],
                    tuple(str(n) for n in data["output_names"]),
                    data["outputs"],
                    data["spike_ticks"],
                    data["spike_neurons"],
                    tuple(
                        (str(name), int(first), int(size))
                        for name, (first, size) in zip(
                            data["population_names"], data["population_ranges"], strict=True
                        )
                    ),
                    {k.removeprefix(_PLANT): data[k] for k in data.files if k.startswith(_PLANT)},
                    str(data["board"]),
                    int(data["program_crc"]),
                )
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise InvalidInput(
                f"this is no recording that can be read ({_why(error)})",
                where=str(path),
                remedy="Record it again with `mycoflux run --out`",
            ) from error


def _why(error: Exception) -> str:
    """numpy's advice for files of other kinds is about pickles, which are never wanted here."""
    return "it is of another kind" if "pickle" in str(error) else str(error)
