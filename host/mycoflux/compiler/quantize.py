"""Flat circuit -> integer circuit: choose the integers, and report what was asked and what was got."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from myco import arith
from mycoflux.circuit.neurons import Graded, TernaryLIF, receptor_names
from mycoflux.circuit.parts import Population, SensorPort
from mycoflux.circuit.ports import ConstantCurrent
from mycoflux.compiler import limits, quantize_neurons, scale
from mycoflux.compiler.calibration import Calibration
from mycoflux.compiler.flat import FlatCircuit, Synapses
from mycoflux.compiler.integer import (
    Asked,
    IntegerCircuit,
    IntegerPopulation,
    IntegerProjection,
    IntegerSensor,
    QuantizeReport,
)
from mycoflux.compiler.intervals import expected, least_interval_asked, vouched
from mycoflux.compiler.quantize_membranes import Fit, Task
from mycoflux.compiler.quantize_ports import quantize_actuator, quantize_sensor
from mycoflux.errors import QuantizeError
from mycoflux.program.convolution import Convolution

# Below this a weight is zero: its products with the factors of a tick would leave the range of floats.
_SMALLEST_WEIGHT_V = 1e-200


def quantize(
    flat: FlatCircuit, before: scale.Scales | None = None, calibration: Calibration | None = None
) -> tuple[IntegerCircuit, QuantizeReport]:
    """The circuit in integers, and the report.

    Args:
        flat: any flat circuit.
        before: scales to keep where they are still good (`scale`).
        calibration: measured activity, to which populations are scaled instead of to the worst case.

    Raises:
        QuantizeError: a parameter has no integer near it, or is beyond the author's limit; names the part and
            its line.
    """
    dt_us = round(flat.dt_s * 1e6)
    if dt_us < 1 or not math.isclose(dt_us * 1e-6, flat.dt_s, rel_tol=1e-9):
        raise QuantizeError(
            f"dt_s is {flat.dt_s:g}",
            where=flat.origin or flat.name,
            remedy="Give a whole number of microseconds, such as 0.001",
        )
    work = _Quantizer(flat, before or scale.Scales(), calibration or Calibration())
    sensors = tuple(work.sensor(s) for s in flat.sensors)
    populations = tuple(work.population(p.name) for p in flat.populations)
    projections = tuple(table for p in flat.populations for table in work.tables[p.name])
    actuators = tuple(
        quantize_actuator(a, work.population(a.source), flat.dt_s, work.report) for a in flat.actuators
    )
    entries = _worst_of_each(work.report)
    return (
        IntegerCircuit(flat.name, dt_us, populations, sensors, projections, actuators),
        QuantizeReport(entries, limits.check(flat, entries, work.tallies), work.units),
    )


def _worst_of_each(entries: list[Asked]) -> tuple[Asked, ...]:
    """One entry for each parameter of each part: the one furthest off. A projection may be several tables."""
    worst: dict[tuple[str, str, str], Asked] = {}
    for entry in entries:
        key = (entry.part, entry.parameter, entry.note)
        if key not in worst or entry.error > worst[key].error:
            worst[key] = entry
    return tuple(worst.values())


@dataclass(frozen=True)
class _Part:
    """The synapses of a projection that make one table: one sign, one delay. Zero weights are in none."""

    synapses: Synapses
    keep: NDArray[np.int64]  # which they are, ascending
    sign: int
    delay: int
    incoming: scale.Incoming


@dataclass(frozen=True)
class _Value:
    """What a source's spikes carry: volts that 1 stands for, the largest value, whether of both signs."""

    unit_v: float
    peak: int
    both: bool


class _Quantizer:
    """Populations in the order in which they need one another: graded sources before their targets."""

    def __init__(self, flat: FlatCircuit, before: scale.Scales, calibration: Calibration) -> None:
        self._flat = flat
        self._before = before
        self._calibration = calibration
        self._populations = {p.name: p for p in flat.populations}
        self._sources = self._populations | {s.name: s for s in flat.sensors}
        self._readings = {s.name for s in flat.sensors if isinstance(s.encoder, ConstantCurrent)}
        self._done: dict[str, IntegerPopulation] = {}
        self._open: list[str] = []
        self.tables: dict[str, list[IntegerProjection]] = {}
        self._into: dict[str, list[Synapses]] = {}
        for synapses in flat.projections:
            self._into.setdefault(synapses.target, []).append(synapses)
        self.report: list[Asked] = []
        self.tallies: dict[str, limits.Tally] = {}
        self.units: dict[str, float] = {}

    def sensor(self, port: SensorPort) -> IntegerSensor:
        """The sensor in integers, and how often it spikes."""
        dt_s = self._flat.dt_s
        integer = quantize_sensor(port, dt_s, self.report)
        return replace(integer, expected=self.expected(port), vouched=vouched(port, dt_s))

    def population(self, name: str) -> IntegerPopulation:
        """The population in integers; its tables are in `tables`."""
        if name not in self._done:
            if name in self._open:
                raise QuantizeError(
                    f"graded populations feed one another in a circle ({' -> '.join(self._open)} -> {name})",
                    where=self._populations[name].origin,
                    remedy="Put a spiking population into the circle",
                )
            self._open.append(name)
            self._quantize(self._populations[name])
            self._open.pop()
        return self._done[name]

    def _quantize(self, population: Population) -> None:
        dt_s = self._flat.dt_s
        into = self._into.get(population.name, [])
        gains = quantize_neurons.gains(population, dt_s)
        parts = [part for synapses in into for part in self._split(synapses, population, gains)]
        wish = self._wish(population)
        fit = quantize_neurons.fit(Task(population, [p.incoming for p in parts], dt_s, wish, self.report))
        self.units[population.name] = fit.units
        if wish.reached_v:
            self._report_activity(population, wish.reached_v, fit.units)
        self._done[population.name] = replace(
            fit.population,
            expected=self.expected(population),
            vouched=vouched(population, dt_s),
            at_once=0.0 if wish.reached_v else wish.at_once,
        )
        self.tables[population.name] = []
        for part in parts:
            self._table(part, fit, dt_s)

    def _wish(self, population: Population) -> scale.Wish:
        before = self._before.units.get(population.name)
        if isinstance(population.neuron, Graded):  # its sums are values for others
            return scale.Wish(before)
        reached_v = self._calibration.reached_v(population.name)
        return scale.Wish(before, self._flat.accept.at_once or 1.0, reached_v)

    def expected(self, part: Population | SensorPort) -> float:
        """Spikes a tick, as measured or as the author expects."""
        rate_hz = self._calibration.rate_hz(part.name)
        return expected(part, self._flat.dt_s) if rate_hz is None else min(rate_hz * self._flat.dt_s, 1.0)

    def _value(self, source: str) -> _Value:
        population = self._populations.get(source)
        neuron = None if population is None else population.neuron
        if not isinstance(neuron, Graded):
            return _Value(1.0, 1, isinstance(neuron, TernaryLIF))
        integer = self.population(source)
        totals = np.zeros((2, integer.size))  # sums below 2^53 are exact
        for table in self.tables[source]:
            value = self._value(table.source)
            for side in (0, 1):
                if value.both or side == int(table.sign > 0):
                    scale.add(totals[side], table.targets, (table.drives * value.peak).astype(np.float64))
        return _Value(integer.volts_per_unit, max(int(totals.max()), 1), not neuron.rectified)

    def _split(
        self, synapses: Synapses, target: Population, gains: tuple[quantize_neurons.Gain, ...]
    ) -> Iterator[_Part]:
        receptor = _receptor_index(synapses, target)
        gain = gains[receptor]
        reading = synapses.source in self._readings
        value = self._value(synapses.source)
        source = self._sources[synapses.source]
        volts = (gain.graded if reading else gain.spike) * value.unit_v
        for sign in (1, -1):
            signed = synapses.weights_v * sign > _SMALLEST_WEIGHT_V
            for delay, keep in _by_delay(synapses.delays, signed):
                incoming = scale.Incoming(
                    np.abs(synapses.weights_v[keep]) * volts,
                    synapses.targets[keep],
                    sign,
                    reading,
                    receptor,
                    gain.decay,
                    value.peak,
                    least_interval_asked(source, self._flat.dt_s),
                    value.both,
                    self.expected(source),
                    synapses.source,
                    synapses.sources[keep],
                )
                yield _Part(synapses, keep, sign, delay, incoming)

    def _table(self, part: _Part, fit: Fit, dt_s: float) -> None:
        synapses, keep, graded = part.synapses, part.keep, part.incoming.graded
        gain = fit.gains[part.incoming.receptor] if fit.gains else 1.0
        wanted = part.incoming.drives_v * (gain * fit.units / 2**fit.input_shift)
        weights, shift = scale.mantissas(wanted, graded)
        got = scale.got_drives(weights, shift, graded)
        self._report_weights(part, got / wanted, weights, dt_s)
        tally = self.tallies.setdefault(
            synapses.name, limits.Tally(synapses, limits.weight_limit(self._flat.accept))
        )
        tally.add(synapses.weights_v[keep], got / wanted, graded or shift > 0)
        if graded:
            self._report_quarter(part, scale.cut_off(weights, shift, scale.QUARTER) / wanted)
        kept = weights > 0
        if not kept.any():
            return
        self.tables[synapses.target].append(
            IntegerProjection(
                synapses.name,
                synapses.source,
                synapses.target,
                graded,
                part.sign,
                shift,
                part.delay,
                part.incoming.sources[kept],
                part.incoming.targets[kept],
                weights[kept],
                synapses.origin,
                part.incoming.receptor,
                _shared(part, weights),
                synapses.stretch,
            )
        )

    def _report_weights(
        self, part: _Part, ratios: scale.Floats, weights: NDArray[np.int64], dt_s: float
    ) -> None:
        """The synapse of the part that is furthest off, how many became nothing, and the delay."""
        synapses = part.synapses
        asked = synapses.weights_v[part.keep]
        worst = int(np.argmax(np.abs(ratios - 1)))
        zeros = int(np.count_nonzero(weights == 0))
        note = f"{zeros} of {len(weights)} weights became 0" if zeros else ""
        got = float(asked[worst] * ratios[worst])
        self.report.append(Asked(synapses.name, "weight_v", "V", float(asked[worst]), got, note))
        asked_s = synapses.delays_s[part.keep]
        got_s = (synapses.delays[part.keep] + 1) * dt_s
        if not np.all(np.isnan(asked_s)):
            worst = int(np.nanargmax(np.abs(asked_s - got_s)))
            entry = Asked(synapses.name, "delay_s", "s", float(asked_s[worst]), float(got_s[worst]))
            self.report.append(entry)

    def _report_activity(self, population: Population, asked_v: Sequence[float], units: float) -> None:
        """The room that was asked for each receptor's current beside the room that the scale leaves."""
        calibration = self._calibration
        activity = calibration.populations[population.name]
        for receptor, asked in enumerate(asked_v):
            if not asked:
                continue
            note = (
                f"{calibration.margin:g} times the largest {calibration.described}; 99 % below "
                f"{activity.typical_v[receptor]:.3g} V, {activity.rate_hz:.3g} Hz"
            )
            number = f" {receptor}" if receptor else ""
            room_v = arith.U_LIMIT / units
            self.report.append(Asked(population.name, f"room of u{number}", "V", asked, room_v, note))

    def _report_quarter(self, part: _Part, ratios: scale.Floats) -> None:
        """What whole units a tick leave of a constant current at a quarter of full scale: less than asked."""
        asked = part.synapses.weights_v[part.keep]
        worst = int(np.argmin(ratios))
        got = float(asked[worst] * ratios[worst])
        note = f"at a reading of {scale.QUARTER}: a current acts in whole units a tick"
        self.report.append(Asked(part.synapses.name, "weight_v", "V", float(asked[worst]), got, note))


def _by_delay(
    delays: NDArray[np.uint8], wanted: NDArray[np.bool_]
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Of the synapses wanted, those of each delay: a pass over all, not one for each delay."""
    which = np.flatnonzero(wanted)
    own = delays[which]
    counts = np.bincount(own)
    if np.count_nonzero(counts) > 1:
        which = which[np.argsort(own, kind="stable")]  # by radix, as delays have 8 bits
    ends = np.cumsum(counts)
    for delay in np.flatnonzero(counts):
        yield int(delay), which[ends[delay] - counts[delay] : ends[delay]]


def _shared(part: _Part, weights: NDArray[np.int64]) -> Convolution | None:
    """The part's synapses as a convolution, where a kernel makes exactly them and no other.

    It does not where they have several delays: every part would then stand for the synapses of all.
    """
    shape, entries = part.synapses.shape, part.synapses.entries
    if shape is None or entries is None or not shape.small:
        return None
    kernel = np.zeros(int(np.prod(shape.weights_shape)), np.int64)
    kernel[entries[part.keep]] = weights
    if np.count_nonzero(kernel[entries]) != np.count_nonzero(weights):
        return None
    return Convolution(shape, kernel)


def _receptor_index(synapses: Synapses, target: Population) -> int:
    names = receptor_names(target.neuron)
    if synapses.receptor not in names:
        raise QuantizeError(
            f"projection '{synapses.name}': '{target.name}' has no receptor '{synapses.receptor}'",
            where=synapses.origin,
            remedy=f"It has: {', '.join(repr(n) for n in names[1:]) or 'only its first, which has no name'}",
        )
    return names.index(synapses.receptor)
