"""How long a tick takes: the pieces of work in it, and the instructions of each on a machine.

The pieces are those of `myco.engine`, in its order; what each takes is in the board file.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from myco import layout
from mycoflux.program.machine import Instructions, Machine
from mycoflux.program.neurons import GeneralLif, Izhikevich, Lif
from mycoflux.program.tables import table_format
from mycoflux.program.types import DECODERS, Actuator, Population, Program, Projection

Floats = NDArray[np.float64]

_MODELS = {
    layout.MODEL_GENERAL_LIF: "general",
    layout.MODEL_ADAPTIVE_LIF: "adaptive",
    layout.MODEL_TERNARY_LIF: "ternary",
    layout.MODEL_RESONATE_FIRE: "resonator",
    layout.MODEL_RESONATE_RESET: "resonator",
    layout.MODEL_IZHIKEVICH: "izhikevich",
    layout.MODEL_GRADED: "graded_neuron",
    layout.MODEL_RECTIFIED: "graded_neuron",
}
_SYNAPSES = {
    layout.TABLE_DENSE: "dense",
    layout.TABLE_PACKED: "packed",
    layout.TABLE_SPARSE_16: "wide",
}
_CHOOSING = (layout.DECODE_WINNER, layout.DECODE_STRONGEST)
_COUNTING = (layout.DECODE_LEVEL, layout.DECODE_WINNER)


@dataclass(frozen=True)
class Activity:
    """What happens in a tick, as probabilities or means.

    spikes: (neurons + channels,), of each source. busy: (populations,), the share of neurons that are not at
    rest. read: (sensors,), the share of channels whose reading is not 0. traced: (actuators,), the share of
    neurons that have spiked of late.
    """

    spikes: Floats
    busy: Floats
    read: Floats
    traced: Floats


def uniform(program: Program, level: float) -> Activity:
    """Nothing happens anywhere (0), or all that can (1)."""
    sizes = (
        program.neurons + program.channels,
        len(program.populations),
        len(program.sensors),
        len(program.actuators),
    )
    return Activity(*(np.full(size, level) for size in sizes))


class Work:
    """How often each piece of `Instructions` is done in a tick."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys((f.name for f in fields(Instructions)), 0.0)

    def add(self, **counts: float) -> None:
        """Add to the pieces named."""
        for name, count in counts.items():
            self.counts[name] += count

    def on(self, machine: Machine) -> float:
        """Instructions of it on `machine`."""
        return float(sum(count * getattr(machine.instructions, name) for name, count in self.counts.items()))


def work(program: Program, activity: Activity) -> Work:
    """The pieces of a tick in which `activity` happens."""
    done = Work()
    fired = float(activity.spikes[: program.neurons].sum())
    done.add(tick=1, spike=fired, event=float(activity.spikes[program.neurons :].sum()))
    for population, busy in zip(program.populations, activity.busy, strict=True):
        _integrate(done, population, float(busy))
    for sensor, read in zip(program.sensors, activity.read, strict=True):
        done.add(sensor=1, channel=sensor.size)
        if sensor.encoder == layout.ENCODE_RATE:
            done.add(reading=sensor.size * float(read))
    for projection in program.projections:
        _deliver(done, program, projection, activity.spikes)
    for actuator, traced in zip(program.actuators, activity.traced, strict=True):
        own = float(activity.spikes[actuator.first : actuator.first + actuator.size].sum())
        _decode(done, actuator, fired, own, float(traced))
    return done


def _integrate(done: Work, population: Population, busy: float) -> None:
    neuron, size = population.neuron, population.size
    done.add(population=1)
    if isinstance(neuron, Lif):
        done.add(quiet=size * (1 - busy), neuron=size * busy)
        return
    done.add(**{_MODELS[neuron.model]: size})
    if isinstance(neuron, Izhikevich):
        done.add(euler=size * neuron.steps)
    if isinstance(neuron, GeneralLif):
        done.add(receptor=size * len(neuron.receptor_du), bias=size * bool(neuron.biases))
        if neuron.interval:
            done.add(population=1, reset=size * (2 + neuron.words) / neuron.interval)


def _deliver(done: Work, program: Program, projection: Projection, spikes: Floats) -> None:
    own = spikes[projection.first : projection.first + projection.sources]
    group = spikes[_group(program, projection.group)]
    done.add(table=1, delivery=1 - float(np.prod(1 - group)))
    table = table_format(projection)
    heard = float(own.sum())
    synapses = (
        heard * projection.target_count
        if table == layout.TABLE_DENSE
        else float(own @ np.diff(projection.rows))
    )
    if table == layout.TABLE_CONVOLUTION and projection.shared is not None:
        rows, columns = projection.shared.shape.kernel
        done.add(window=heard, place=heard * rows * columns, shared=synapses)
    elif graded(program, projection.group):
        done.add(value=heard, graded=synapses)
    else:
        done.add(**{"row": heard, _SYNAPSES[table]: synapses})


def graded(program: Program, group: int) -> bool:
    """Whether the spikes of a source group carry values."""
    if group < len(program.populations):
        return program.populations[group].neuron.graded
    return bool(program.sensors[group - len(program.populations)].encoder == layout.ENCODE_CURRENT)


def _group(program: Program, group: int) -> slice:
    if group < len(program.populations):
        population = program.populations[group]
        return slice(population.first, population.first + population.size)
    sensor = program.sensors[group - len(program.populations)]
    first = program.neurons + sensor.first
    return slice(first, first + sensor.size)


def _decode(done: Work, actuator: Actuator, fired: float, own: float, traced: float) -> None:
    done.add(**{DECODERS[actuator.decoder]: 1})
    if actuator.decoder in _COUNTING:
        done.add(heard=fired, caught=own)
    if actuator.decoder in _CHOOSING:
        done.add(choice=actuator.size)
    if actuator.decoder == layout.DECODE_WINNER:
        done.add(trace=actuator.size * traced)
