"""Flat circuit -> integer circuit: choose the integers, and report what was asked and what was got."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from myco import arith, layout
from mycoflux.circuit.parts import ActuatorPort, Population, SensorPort
from mycoflux.circuit.ports import ConstantCurrent, LeakyCount, Rate, RateToPwm
from mycoflux.compiler import scale
from mycoflux.compiler.flat import FlatCircuit, Synapses
from mycoflux.compiler.integer import (
    Asked,
    IntegerActuator,
    IntegerCircuit,
    IntegerPopulation,
    IntegerProjection,
    IntegerSensor,
    QuantizeReport,
)
from mycoflux.compiler.lif_constants import LifConstants, lif_constants, time_constant
from mycoflux.errors import QuantizeError
from mycoflux.program.neurons import Lif

# Below this a weight is zero: its products with the factors of a tick would leave the range of floats.
_SMALLEST_WEIGHT_V = 1e-200


def quantize(flat: FlatCircuit) -> tuple[IntegerCircuit, QuantizeReport]:
    """The circuit in integers, and the report.

    Raises:
        QuantizeError: a parameter has no integer near it; names the part and its line.
    """
    report: list[Asked] = []
    dt_us = round(flat.dt_s * 1e6)
    if dt_us < 1 or not math.isclose(dt_us * 1e-6, flat.dt_s, rel_tol=1e-9):
        raise QuantizeError(
            f"dt_s is {flat.dt_s:g}",
            where=flat.name,
            remedy="Give a whole number of microseconds, such as 0.001",
        )
    sensors = tuple(_sensor(s, flat.dt_s, report) for s in flat.sensors)
    graded = {s.name for s in flat.sensors if isinstance(s.encoder, ConstantCurrent)}
    populations: list[IntegerPopulation] = []
    projections: list[IntegerProjection] = []
    for population in flat.populations:
        incoming = [p for p in flat.projections if p.target == population.name]
        integer, tables = _population(population, incoming, graded, flat.dt_s, report)
        populations.append(integer)
        projections.extend(tables)
    sizes = {p.name: p.size for p in flat.populations}
    actuators = tuple(_actuator(a, sizes[a.source], flat.dt_s, report) for a in flat.actuators)
    return (
        IntegerCircuit(flat.name, dt_us, tuple(populations), sensors, tuple(projections), actuators),
        QuantizeReport(_worst_of_each(report)),
    )


def _worst_of_each(entries: list[Asked]) -> tuple[Asked, ...]:
    """One entry for each parameter of each part: the one furthest off. A projection may be several tables."""
    worst: dict[tuple[str, str, str], Asked] = {}
    for entry in entries:
        key = (entry.part, entry.parameter, entry.note)
        if key not in worst or entry.error > worst[key].error:
            worst[key] = entry
    return tuple(worst.values())


# --- populations and what reaches them ---------------------------------------------------------------


def _population(
    population: Population, incoming: list[Synapses], graded: set[str], dt_s: float, report: list[Asked]
) -> tuple[IntegerPopulation, list[IntegerProjection]]:
    neuron = population.neuron
    constants = lif_constants(neuron, dt_s)
    _check_decays(population, constants, dt_s)
    parts = [part for p in incoming for part in _split(p, p.source in graded)]
    scaled = [
        scale.Incoming(
            np.abs(p.weights_v[keep]) * (constants.graded_gain if is_graded else constants.current_gain),
            p.targets[keep],
            sign,
            is_graded,
        )
        for p, keep, sign, is_graded, _ in parts
    ]
    bias_v = neuron.bias_v * constants.bias_gain
    largest = scale.largest_vth(scaled, population.size, neuron.threshold_v, bias_v, constants.du + 1)
    if largest < scale.VTH_MIN:
        raise QuantizeError(
            f"population '{population.name}': its inputs together are so much stronger than its threshold "
            f"that the threshold would have {max(largest, 0)} steps, at least {scale.VTH_MIN} are needed",
            where=population.origin,
            remedy="Weaken the weights, shorten tau_syn_s, or raise threshold_v",
        )
    vth = scale.best_vth(scaled, largest, neuron.threshold_v, bias_v, constants.du, constants.dv)
    units = 64 * vth / neuron.threshold_v
    mantissa, exponent = scale.bias_parts(bias_v * units)
    integer = IntegerPopulation(
        population.name,
        population.size,
        Lif(du=constants.du, dv=constants.dv, vth=vth, bias_mant=mantissa, bias_exp=exponent),
        1 / units,
        population.origin,
    )
    report.extend(_neuron_entries(population, integer, constants, dt_s))
    tables = []
    for (synapses, keep, sign, is_graded, delay), drive in zip(parts, scaled, strict=True):
        weights, shift = scale.mantissas(drive.drives_v * units / 64, is_graded)
        _report_weights(synapses, keep, weights, shift, is_graded, drive.drives_v, units, dt_s, report)
        kept = weights > 0
        if kept.any():
            tables.append(
                IntegerProjection(
                    synapses.name,
                    synapses.source,
                    synapses.target,
                    is_graded,
                    sign,
                    shift,
                    delay,
                    synapses.sources[keep][kept],
                    synapses.targets[keep][kept],
                    weights[kept],
                    synapses.origin,
                )
            )
    return integer, tables


def _check_decays(population: Population, constants: LifConstants, dt_s: float) -> None:
    longest = 8192 * dt_s
    for name, decay in (("tau_m_s", constants.dv), ("tau_syn_s", constants.du + 1)):
        if decay < 1:
            raise QuantizeError(
                f"population '{population.name}': {name} = {getattr(population.neuron, name):g} s is too "
                f"long for a tick of {dt_s:g} s: its decay rounds to nothing",
                where=population.origin,
                remedy=f"At this dt_s the longest is about {longest:g} s; shorten it or lengthen dt_s",
            )
    if population.neuron.tau_syn_s > 0 and constants.du == arith.DECAY_ONE - 1:
        raise QuantizeError(
            f"population '{population.name}': tau_syn_s = {population.neuron.tau_syn_s:g} s is too short for "
            f"a tick of {dt_s:g} s: nothing of it is left after one",
            where=population.origin,
            remedy=f"Give 0 for delta synapses, or at least {dt_s / 9:.2g} s",
        )
    if constants.dv > arith.DECAY_ONE - 1:
        raise QuantizeError(
            f"population '{population.name}': tau_m_s = {population.neuron.tau_m_s:g} s is too short for "
            f"a tick of {dt_s:g} s",
            where=population.origin,
            remedy="Lengthen tau_m_s or shorten dt_s",
        )


_Part = tuple[Synapses, "np.ndarray[tuple[int], np.dtype[np.bool_]]", int, bool, int]


def _split(synapses: Synapses, graded: bool) -> Iterator[_Part]:
    """One part for each sign and delay, for a table has one of each. Zero weights are in none."""
    for sign in (1, -1):
        signed = synapses.weights_v * sign > _SMALLEST_WEIGHT_V
        for delay in np.unique(synapses.delays[signed]):
            yield synapses, signed & (synapses.delays == delay), sign, graded, int(delay)


def _neuron_entries(
    population: Population, integer: IntegerPopulation, constants: LifConstants, dt_s: float
) -> Iterator[Asked]:
    neuron, got = population.neuron, integer.neuron
    yield Asked(population.name, "tau_m_s", "s", neuron.tau_m_s, time_constant(got.dv, dt_s))
    yield Asked(population.name, "tau_syn_s", "s", neuron.tau_syn_s, time_constant(got.du + 1, dt_s))
    got_threshold = (got.vth << arith.STATE_SHIFT) * integer.volts_per_unit
    yield Asked(population.name, "threshold_v", "V", neuron.threshold_v, got_threshold)
    got_bias = got.bias * integer.volts_per_unit / constants.bias_gain
    yield Asked(population.name, "bias_v", "V", neuron.bias_v, got_bias)


def _report_weights(
    synapses: Synapses,
    keep: np.ndarray[tuple[int], np.dtype[np.bool_]],
    weights: np.ndarray[tuple[int], np.dtype[np.int64]],
    shift: int,
    graded: bool,
    drives_v: scale.Floats,
    units: float,
    dt_s: float,
    report: list[Asked],
) -> None:
    """The synapse of the part that is furthest off, how many became nothing, and the delay."""
    asked = synapses.weights_v[keep]
    got = asked * scale.got_drives(weights, shift, graded) * 64 / units / drives_v
    worst = int(np.argmax(np.abs(got / asked - 1)))
    zeros = int(np.count_nonzero(weights == 0))
    note = f"{zeros} of {len(weights)} weights became 0" if zeros else ""
    report.append(Asked(synapses.name, "weight_v", "V", float(asked[worst]), float(got[worst]), note))
    asked_s = synapses.delays_s[keep]
    got_s = (synapses.delays[keep] + 1) * dt_s
    if not np.all(np.isnan(asked_s)):
        worst = int(np.nanargmax(np.abs(asked_s - got_s)))
        report.append(Asked(synapses.name, "delay_s", "s", float(asked_s[worst]), float(got_s[worst])))


# --- ports --------------------------------------------------------------------------------------------


def _sensor(sensor: SensorPort, dt_s: float, report: list[Asked]) -> IntegerSensor:
    if isinstance(sensor.encoder, Rate):
        asked = sensor.encoder.max_rate_hz
        rate = round(asked * dt_s * 4096)
        if not 1 <= rate <= 4096:
            raise QuantizeError(
                f"sensor '{sensor.name}': max_rate_hz = {asked:g} is "
                + ("more than one spike a tick" if rate > 4096 else "less than one spike in 8,192 ticks"),
                where=sensor.origin,
                remedy=f"At dt_s = {dt_s:g} give up to {1 / dt_s:g} Hz, from {1 / (4096 * dt_s):.3g} Hz on",
            )
        report.append(Asked(sensor.name, "max_rate_hz", "Hz", asked, rate / 4096 / dt_s))
        return IntegerSensor(sensor.name, sensor.size, layout.ENCODE_RATE, rate, sensor.origin)
    encoder = layout.ENCODE_CURRENT if isinstance(sensor.encoder, ConstantCurrent) else layout.ENCODE_SPIKE
    return IntegerSensor(sensor.name, sensor.size, encoder, 0, sensor.origin)


def _actuator(actuator: ActuatorPort, size: int, dt_s: float, report: list[Asked]) -> IntegerActuator:
    decoder = actuator.decoder
    decay = round(arith.DECAY_ONE * (1 - math.exp(-dt_s / decoder.tau_s)))
    if decay < 1:
        raise QuantizeError(
            f"actuator '{actuator.name}': tau_s = {decoder.tau_s:g} s is too long for a tick of {dt_s:g} s",
            where=actuator.origin,
            remedy=f"Give at most {8192 * dt_s:g} s",
        )
    report.append(Asked(actuator.name, "tau_s", "s", decoder.tau_s, time_constant(decay, dt_s)))
    kind, before, gain, after, ceiling = layout.DECODE_WINNER, 0, 0, 0, 0
    if isinstance(decoder, LeakyCount):
        kind, before, gain, after, ceiling = layout.DECODE_LEVEL, 4, 1, 0, 32767
    elif isinstance(decoder, RateToPwm):
        kind, ceiling = layout.DECODE_LEVEL, arith.SENSOR_MAX
        before, gain, after = _pwm_gain(actuator, decoder, size, decay, dt_s, report)
    return IntegerActuator(
        actuator.name, actuator.source, kind, decay, before, gain, after, ceiling, actuator.origin
    )


def _pwm_gain(
    actuator: ActuatorPort, decoder: RateToPwm, size: int, decay: int, dt_s: float, report: list[Asked]
) -> tuple[int, int, int]:
    """Shift, gain, shift such that full_rate_hz on average gives full duty: 16 bits times 14 fit in 30."""
    if decoder.full_rate_hz * dt_s > 1:
        raise QuantizeError(
            f"actuator '{actuator.name}': full_rate_hz = {decoder.full_rate_hz:g} is more than one a tick",
            where=actuator.origin,
            remedy=f"At dt_s = {dt_s:g} give at most {1 / dt_s:g} Hz",
        )
    trace_a_spike = arith.TRACE_ONE * arith.DECAY_ONE / decay  # what regular spikes of one a tick settle at
    before = max(0, int(size * trace_a_spike).bit_length() - 16)
    at_full = size * decoder.full_rate_hz * dt_s * trace_a_spike / 2**before
    wanted = arith.SENSOR_MAX / at_full
    after = 0
    while after < 28 and round(wanted * 2 ** (after + 1)) < 1 << 14:
        after += 1
    gain = round(wanted * 2**after)
    if not 1 <= gain < 1 << 14:
        raise QuantizeError(
            f"actuator '{actuator.name}': full_rate_hz = {decoder.full_rate_hz:g} cannot be scaled to a duty",
            where=actuator.origin,
            remedy=f"Raise it towards {1 / dt_s:g} Hz, or lengthen tau_s",
        )
    got = decoder.full_rate_hz * wanted * 2**after / gain
    report.append(Asked(actuator.name, "full_rate_hz", "Hz", decoder.full_rate_hz, got))
    return before, gain, after
