"""What a program takes of a board's heap: object for object, as `myco.engine` makes them at load.

MicroPython's heap gives whole blocks of four words (py/gc.c). An array is an object of a block and its data;
a tuple has two words before its items (py/objtuple.h); a list is an object and a table that doubles from four
(py/objlist.c); an instance is an object and a table of its attributes, whose sizes grow as in py/map.c. Small
integers take nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from myco import layout
from myco.plan import PARTS, POPULATION_WORDS
from mycoflux.compiler.lacking import SMALL
from mycoflux.program.image import encode
from mycoflux.program.machine import Machine
from mycoflux.program.neurons import GeneralLif
from mycoflux.program.tables import table_format, table_sizes
from mycoflux.program.types import Population, Program

ENGINE_ATTRIBUTES = 31  # of myco.engine.Engine
HEADER_ATTRIBUTES = 15  # of myco.layout.Header
_GAP_BLOCKS = 16  # an object of so many finds a gap between those of the runtime
_MAP_SIZES = (0, 1, 2, 4, 6, 8, 10, 12, 17, 23, 29, 37, 47, 59, 73)
_PARAMETERS = {  # numbers of a model's parameter block; the others have none
    layout.MODEL_GENERAL_LIF: 9,
    layout.MODEL_ADAPTIVE_LIF: 3,
    layout.MODEL_TERNARY_LIF: 1,
    layout.MODEL_RESONATE_FIRE: 3,
    layout.MODEL_RESONATE_RESET: 3,
    layout.MODEL_IZHIKEVICH: 7,
}


@dataclass(frozen=True)
class Consumer:
    """A population or projection and the bytes that would go with it."""

    name: str
    bytes: int
    origin: str


@dataclass(frozen=True)
class Memory:
    """Bytes of a board's heap, in whole blocks.

    heap: all there is. runtime: in use without a program. image: the program as sent, 0 where the board
    holds it in flash. buffers: its state, rings and records. peak: the most in use while it is loaded onto a
    board that runs no program; loading: onto one that goes on running another of the same size meanwhile.
    whole: what of it is too large for the gaps between the runtime's objects, and must lie in the `usable`
    bytes of larger free pieces. piece: its largest object; `largest`: the largest free piece. outside: of the
    image, what the flash for it does not hold. consumers: its parts, the largest first.
    """

    heap: int
    runtime: int
    image: int
    buffers: int
    peak: int
    loading: int
    whole: int
    usable: int
    piece: int
    largest: int
    outside: int
    consumers: tuple[Consumer, ...]

    @property
    def total(self) -> int:
        """Bytes in use while the program runs."""
        return self.runtime + self.image + self.buffers

    @property
    def free(self) -> int:
        """Bytes left while the program runs; negative where it does not fit."""
        return self.heap - self.total

    @property
    def over(self) -> int:
        """Bytes by which it is too large for a board that runs nothing; 0 where it fits."""
        return max(
            0, self.peak - self.heap, self.whole - self.usable, self.piece - self.largest, self.outside
        )

    @property
    def fits(self) -> bool:
        """Whether a board that runs nothing can load and run it."""
        return not self.over


def memory(program: Program, machine: Machine) -> Memory:
    """What `program` takes on `machine`.

    Raises:
        ImageError: it is too large for any image.
    """
    if machine.slot:
        return _memory_in_flash(program, machine)
    image = _array(machine, len(encode(program)), 1)
    pieces = _state(program, machine) if machine.engine == SMALL else _pieces(program, machine)
    buffers = sum(pieces)
    least = machine.runtime + sum(image)
    total = least + buffers
    # The smallest runtime checks before it makes the buffers, and lets go of the old program when it must.
    small = machine.engine == SMALL
    peak = max(total, least + machine.loader) if small else total + machine.loader
    return Memory(
        machine.heap,
        machine.runtime,
        sum(image),
        buffers,
        peak,
        peak if small else peak + sum(image) + buffers,
        _whole(machine, image + pieces) + peak - total,
        machine.usable,
        max(image + pieces),
        machine.largest,
        0,
        _consumers(program),
    )


def _memory_in_flash(program: Program, machine: Machine) -> Memory:
    """The same where the image is in the heap only on its way to flash, and the state comes after it."""
    size = len(encode(program))
    image, state = _array(machine, size, 1), _state(program, machine)
    buffers = sum(state)
    peak = machine.runtime + max(sum(image), buffers + machine.loader)
    return Memory(
        machine.heap,
        machine.runtime,
        0,
        buffers,
        peak,
        peak,
        max(_whole(machine, image), _whole(machine, state)),
        machine.usable,
        max(image + state),
        machine.largest,
        max(0, size - machine.slot),
        _consumers(program),
    )


def _whole(machine: Machine, pieces: list[int]) -> int:
    """Bytes that the gaps between the runtime's objects do not take: large pieces, and what is left over."""
    small = sum(piece for piece in pieces if piece <= _GAP_BLOCKS * machine.block)
    gaps = machine.heap - machine.runtime - machine.usable
    # A quarter of the gaps: what passes through while a program loads leaves them ragged. Tried on boards
    # that were filled until they refused (docs/cost.md).
    return sum(pieces) - small + max(0, small - gaps // 4)


def _blocks(machine: Machine, size: int) -> int:
    return -(-size // machine.block) * machine.block


def _array(machine: Machine, items: int, size: int) -> list[int]:
    """The object and its data; `engine.zeros` makes none without any."""
    return [machine.block, _blocks(machine, max(items, 1) * size)]


def _tuple(machine: Machine, items: int) -> list[int]:
    return [_blocks(machine, (2 + items) * machine.word)]


def _list(machine: Machine, items: int) -> list[int]:
    return [machine.block, _blocks(machine, _grown(items) * machine.word)]


def _grown(items: int) -> int:
    """Places of a list that items were appended to."""
    return max(4, 1 << (items - 1).bit_length())


def _instance(machine: Machine, attributes: int) -> list[int]:
    places = next(size for size in _MAP_SIZES if size >= attributes)
    return [machine.block, _blocks(machine, 2 * places * machine.word)]


def _pieces(program: Program, machine: Machine) -> list[int]:
    """Every object of an `Engine` but the image."""
    populations, sensors = len(program.populations), len(program.sensors)
    projections, actuators = program.projections, program.actuators
    pieces = _instance(machine, ENGINE_ATTRIBUTES) + _instance(machine, HEADER_ATTRIBUTES)
    for size, items in _arrays(program):
        pieces += _array(machine, items, size)
    for count in (populations, populations, sensors, len(projections), len(projections), len(actuators)):
        pieces += _list(machine, count)
    pieces += _array(machine, populations, 4)  # extra_at
    # The native kernel's plan, also where another kernel runs, which needs none.
    pieces += _array(machine, PARTS + POPULATION_WORDS * populations + len(projections), machine.word)
    pieces += _array(machine, populations + sensors, 1)  # graded
    periodic = sum(isinstance(p.neuron, GeneralLif) and p.neuron.interval > 0 for p in program.populations)
    pieces += _list(machine, periodic)
    for p in program.populations:
        pieces += _tuple(machine, 12) + (_tuple(machine, n) if (n := _PARAMETERS.get(p.neuron.model)) else [])
    for q in projections:
        convolution = table_format(q) == layout.TABLE_CONVOLUTION
        pieces += _tuple(machine, 13) + (_tuple(machine, 15) if convolution else [])
    return pieces + sensors * _tuple(machine, 4) + len(actuators) * _tuple(machine, 9)


def _arrays(program: Program) -> list[tuple[int, int]]:
    """Bytes of an item and items of each of the engine's arrays."""
    neurons, channels, populations = program.neurons, program.channels, len(program.populations)
    extra = sum(p.size * p.neuron.words for p in program.populations)
    valued = any(p.neuron.graded for p in program.populations)
    words = (neurons, neurons, extra, program.accumulators, channels, program.traces)
    sources = neurons + channels
    halves = (channels, len(program.actuators), sources, populations + len(program.sensors) + 1)
    return [
        *((4, items) for items in (*words, sources if valued else 0)),
        *((2, items) for items in (*halves, populations, populations)),
    ]


def _state(program: Program, machine: Machine) -> list[int]:
    """The one array of `device/nano/kernel/kernel.c` (locate)."""
    neurons, channels, populations = program.neurons, program.channels, len(program.populations)
    words = 2 * neurons + program.accumulators + channels + program.traces
    halves = (
        channels + len(program.actuators) + neurons + channels + 1 + 2 * populations + len(program.sensors)
    )
    return _array(machine, 4 * words + 2 * halves, 1)


def _consumers(program: Program) -> tuple[Consumer, ...]:
    """Populations with their rings and state, projections with their tables; the largest first."""
    own = [Consumer(f"population {p.name!r}", _population(p), p.origin) for p in program.populations]
    for q in program.projections:
        target = program.populations[q.target]
        name = f"projection {program.group_name(q.group)!r} -> {target.name!r}"
        own.append(Consumer(name, min(table_sizes(q).values()), q.origin))
    return tuple(sorted(own, key=lambda consumer: -consumer.bytes))


def _population(p: Population) -> int:
    biases = 2 * len(p.neuron.biases) if isinstance(p.neuron, GeneralLif) else 0
    return p.size * (10 + 4 * p.neuron.words + 4 * p.depth * p.neuron.receptors) + biases
