"""Encoders and decoders in integers: rates, decays and gains, with what was asked and got."""

from __future__ import annotations

import math

from myco import arith, layout
from mycoflux.circuit.parts import ActuatorPort, SensorPort
from mycoflux.circuit.ports import (
    ConstantCurrent,
    LeakyCount,
    Potential,
    Rate,
    RateToPwm,
    Strongest,
    WinnerTakeAll,
)
from mycoflux.compiler.integer import Asked, IntegerActuator, IntegerPopulation, IntegerSensor
from mycoflux.compiler.membrane import nearest_decay, time_constant
from mycoflux.errors import QuantizeError


def quantize_sensor(sensor: SensorPort, dt_s: float, report: list[Asked]) -> IntegerSensor:
    """The encoder in integers.

    Raises:
        QuantizeError: its rate is more than a spike a tick, or next to none.
    """
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


def quantize_actuator(
    actuator: ActuatorPort, source: IntegerPopulation, dt_s: float, report: list[Asked]
) -> IntegerActuator:
    """The decoder in integers.

    Raises:
        QuantizeError: its time constant or scale has no integers near it, or it cannot read that source.
    """
    decoder = actuator.decoder
    if isinstance(decoder, WinnerTakeAll | Strongest) and source.size > layout.CHOICES_MAX:
        raise QuantizeError(
            f"actuator '{actuator.name}': the winner of {source.size:,} neurons has no index that an output "
            f"can hold, which has 16 bits and a sign",
            where=actuator.origin,
            remedy=f"Decode at most {layout.CHOICES_MAX:,} neurons; take them from a population of their own",
        )
    if isinstance(decoder, Potential):
        return _potential(actuator, decoder, source, report)
    if isinstance(decoder, Strongest):
        return _integer(actuator, layout.DECODE_STRONGEST, arith.DECAY_ONE)
    decay = nearest_decay(math.exp(-dt_s / decoder.tau_s))
    if decay < 1:
        raise QuantizeError(
            f"actuator '{actuator.name}': tau_s = {decoder.tau_s:g} s is too long for a tick of {dt_s:g} s",
            where=actuator.origin,
            remedy=f"Give at most {8192 * dt_s:g} s",
        )
    report.append(Asked(actuator.name, "tau_s", "s", decoder.tau_s, time_constant(decay, dt_s)))
    if isinstance(decoder, LeakyCount):
        return _integer(actuator, layout.DECODE_LEVEL, decay, (4, 1, 0), 32767)
    if isinstance(decoder, RateToPwm):
        gain = _pwm_gain(actuator, decoder, source.size, decay, dt_s, report)
        return _integer(actuator, layout.DECODE_LEVEL, decay, gain, arith.SENSOR_MAX)
    return _integer(actuator, layout.DECODE_WINNER, decay)


def _integer(
    actuator: ActuatorPort, decoder: int, decay: int, gain: tuple[int, int, int] = (0, 0, 0), ceiling: int = 0
) -> IntegerActuator:
    before, factor, after = gain
    return IntegerActuator(
        actuator.name, actuator.source, decoder, decay, before, factor, after, ceiling, actuator.origin
    )


def _potential(
    actuator: ActuatorPort, decoder: Potential, source: IntegerPopulation, report: list[Asked]
) -> IntegerActuator:
    """Shift, gain, shift such that full_scale_v gives 4095: 16 bits times 14 fit in 30."""
    if source.size != 1:
        raise QuantizeError(
            f"actuator '{actuator.name}': it reads one potential, '{source.name}' has {source.size} neurons",
            where=actuator.origin,
            remedy="Give each readout neuron a population of its own, or use Strongest()",
        )
    full = decoder.full_scale_v / source.volts_per_unit
    before = max(0, arith.V_LIMIT.bit_length() - 16)
    gain, after = _fixed_gain(arith.SENSOR_MAX / (full / 2**before))
    if not 1 <= gain < 1 << 14:
        raise QuantizeError(
            f"actuator '{actuator.name}': full_scale_v = {decoder.full_scale_v:g} cannot be scaled to 4095",
            where=actuator.origin,
            remedy="Give a value nearer to what the potential reaches",
        )
    got = arith.SENSOR_MAX * 2**after / gain * 2**before * source.volts_per_unit
    report.append(Asked(actuator.name, "full_scale_v", "V", decoder.full_scale_v, got))
    gains = (before, gain, after)
    return _integer(actuator, layout.DECODE_POTENTIAL, arith.DECAY_ONE, gains, arith.SENSOR_MAX)


def _fixed_gain(wanted: float) -> tuple[int, int]:
    """A gain below 2^14 and the shift to the right after it that are nearest to `wanted`."""
    after = 0
    while after < 28 and round(wanted * 2 ** (after + 1)) < 1 << 14:
        after += 1
    return round(wanted * 2**after), after


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
    gain, after = _fixed_gain(wanted)
    if not 1 <= gain < 1 << 14:
        raise QuantizeError(
            f"actuator '{actuator.name}': full_rate_hz = {decoder.full_rate_hz:g} cannot be scaled to a duty",
            where=actuator.origin,
            remedy=f"Raise it towards {1 / dt_s:g} Hz, or lengthen tau_s",
        )
    got = decoder.full_rate_hz * wanted * 2**after / gain
    report.append(Asked(actuator.name, "full_rate_hz", "Hz", decoder.full_rate_hz, got))
    return before, gain, after
