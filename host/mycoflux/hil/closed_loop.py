"""The closed loop: plant, board and reference in lockstep, one tick at a time, all of it recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from mycoflux.backends.base import Backend
from mycoflux.errors import BoardError, InvalidInput
from mycoflux.hil.plants.base import Plant
from mycoflux.program.image import encode
from mycoflux.program.recording import Recording
from mycoflux.program.types import Program


@dataclass
class Agreement:
    """How far two executors of one program agreed, spike by spike and tick by tick.

    A spike counts once, whether both had it or only one.
    """

    ticks: int = 0
    spikes: int = 0
    spikes_identical: int = 0
    outputs_identical: int = 0  # ticks whose actuator values all agreed
    states_compared: int = 0
    states_identical: int = 0
    first_difference: str = field(default="")

    def compare(self, name: str, expected: Sequence[int], got: Sequence[int]) -> bool:
        """Whether two tuples agree; the first that do not are remembered."""
        if tuple(expected) == tuple(got):
            return True
        if not self.first_difference:
            self.first_difference = f"tick {self.ticks}: {name} {tuple(got)} instead of {tuple(expected)}"
        return False

    @property
    def exact(self) -> bool:
        """No difference in anything that was compared."""
        return not self.first_difference


@dataclass(frozen=True)
class LoopResult:
    """A run: what happened, how the plant fared, and whether the reference agrees."""

    recording: Recording
    metrics: dict[str, float]
    agreement: Agreement


def check_ports(program: Program, plant: Plant) -> None:
    """Raise InvalidInput unless the plant has every sensor and actuator of the program."""
    for kind, wanted, there in (
        ("sensor", program.sensor_channels, plant.sensors),
        ("actuator", tuple(a.name for a in program.actuators), plant.actuators),
    ):
        missing = [name for name in wanted if name not in there]
        if missing:
            raise InvalidInput(
                f"circuit '{program.name}' has the {kind} '{missing[0]}', the plant has not",
                remedy=f"The plant's {kind}s are: {', '.join(there)}",
            )


def run_closed_loop(
    backend: Backend,
    plant: Plant,
    ticks: int,
    *,
    reference: Backend | None = None,
    compare_state: bool = False,
    on_tick: Callable[[int], None] | None = None,
    on_lost: Callable[[LoopResult], None] | None = None,
) -> LoopResult:
    """Drive `plant` by the program of `backend` for `ticks` ticks.

    Args:
        backend: executes the program; both are taken as they are, reset them first for a fresh run.
        plant: its `dt_s` must be the program's.
        ticks: how many ticks to run.
        reference: executes the same program on the same readings, to be compared every tick.
        compare_state: compare every u and v as well, every tick.
        on_tick: called after each tick with the number of ticks done.
        on_lost: called with the ticks done so far when the board fails, before that error is raised.

    Raises:
        InvalidInput: the plant lacks a port of the program, or its dt is another.
        BoardError: the board was lost or does not answer.
    """
    program = backend.program
    check_ports(program, plant)
    if round(plant.dt_s * 1e6) != program.dt_us:
        raise InvalidInput(f"the plant steps {plant.dt_s:g} s, the program {program.dt_us / 1e6:g} s a tick")
    recorder = _Recorder(program, ticks)
    agreement = Agreement()
    for tick in range(ticks):
        sensed = plant.sense()
        readings = [sensed[name] for name in program.sensor_channels]
        try:
            result = backend.step(readings)
        except BoardError:
            if on_lost and tick:
                on_lost(LoopResult(recorder.recording(backend, plant, tick), plant.metrics(), agreement))
            raise
        plant.actuate({a.name: value for a, value in zip(program.actuators, result.outputs, strict=True)})
        plant.step()
        recorder.add(tick, readings, result.outputs, result.spikes)
        if reference is not None:
            expected = reference.step(readings)
            agreement.spikes += len(set(expected.spikes) | set(result.spikes))
            agreement.spikes_identical += len(set(expected.spikes) & set(result.spikes))
            agreement.compare("spikes", expected.spikes, result.spikes)
            agreement.outputs_identical += agreement.compare("outputs", expected.outputs, result.outputs)
            if compare_state:
                _compare_state(agreement, reference, backend)
        agreement.ticks += 1
        if on_tick:
            on_tick(tick + 1)
    return LoopResult(recorder.recording(backend, plant, ticks), plant.metrics(), agreement)


def _compare_state(agreement: Agreement, reference: Backend, backend: Backend) -> None:
    for name, expected, got in zip(("u", "v"), reference.state(), backend.state(), strict=True):
        agreement.states_compared += len(expected)
        agreement.states_identical += sum(a == b for a, b in zip(expected, got, strict=True))
        agreement.compare(name, expected, got)


class _Recorder:
    """Collects ticks into the arrays of a Recording."""

    def __init__(self, program: Program, ticks: int) -> None:
        self._program = program
        self._inputs = np.zeros((ticks, program.channels), np.int16)
        self._outputs = np.zeros((ticks, len(program.actuators)), np.int16)
        self._ticks: list[int] = []
        self._neurons: list[int] = []

    def add(self, tick: int, inputs: Sequence[int], outputs: Sequence[int], spikes: Sequence[int]) -> None:
        self._inputs[tick] = inputs
        self._outputs[tick] = outputs
        self._ticks.extend([tick] * len(spikes))
        self._neurons.extend(spikes)

    def recording(self, backend: Backend, plant: Plant, ticks: int) -> Recording:
        program = self._program
        return Recording(
            dt_s=program.dt_us / 1e6,
            input_names=program.sensor_channels,
            inputs=self._inputs[:ticks],
            output_names=tuple(a.name for a in program.actuators),
            outputs=self._outputs[:ticks],
            spike_ticks=np.array(self._ticks, np.int32),
            spike_neurons=np.array(self._neurons, np.int32),
            populations=tuple((p.name, p.first, p.size) for p in program.populations),
            plant=plant.trace(),
            board=backend.name,
            program_crc=int.from_bytes(encode(program)[-4:], "little"),
        )
