"""Encoders and decoders: what a port does between the world's numbers and spikes.

A sensor reading is a whole number from 0 to 4095, full scale; so is a motor's duty.
"""

from __future__ import annotations

from dataclasses import dataclass

from mycoflux.circuit import checks


@dataclass(frozen=True)
class ConstantCurrent:
    """The reading is a current: through weight w it drives a neuron like a bias of w * reading / 4095."""


@dataclass(frozen=True)
class Rate:
    """Spikes at a rate in proportion to the reading, evenly spaced (first-order sigma-delta).

    Attributes:
        max_rate_hz: spikes a second at full scale; at most one a tick.
    """

    max_rate_hz: float

    def __post_init__(self) -> None:
        checks.positive(self.max_rate_hz, "max_rate_hz")


@dataclass(frozen=True)
class Spike:
    """A spike in every tick whose reading is not zero."""


@dataclass(frozen=True)
class RateToPwm:
    """A duty (0..4095) in proportion to the population's mean firing rate, through a leaky average.

    Attributes:
        full_rate_hz: mean spikes a second of one neuron that give full duty.
        tau_s: time constant of the average, seconds.
    """

    full_rate_hz: float
    tau_s: float = 0.050

    def __post_init__(self) -> None:
        checks.positive(self.full_rate_hz, "full_rate_hz")
        checks.positive(self.tau_s, "tau_s")


@dataclass(frozen=True)
class LeakyCount:
    """The population's spikes, each forgotten with `tau_s` (seconds), in 1/256 of a spike, up to 32,767."""

    tau_s: float = 0.050

    def __post_init__(self) -> None:
        checks.positive(self.tau_s, "tau_s")


@dataclass(frozen=True)
class WinnerTakeAll:
    """The neuron with the largest leaky count (`tau_s`, seconds); the lowest where equal, -1 if none."""

    tau_s: float = 0.050

    def __post_init__(self) -> None:
        checks.positive(self.tau_s, "tau_s")


@dataclass(frozen=True)
class Potential:
    """The potential of a population of one neuron: `full_scale_v` volts read 4095, below rest negative."""

    full_scale_v: float

    def __post_init__(self) -> None:
        checks.positive(self.full_scale_v, "full_scale_v")


@dataclass(frozen=True)
class Strongest:
    """The neuron with the highest potential; the lowest index where equal. For `LeakyIntegrator`s."""


Encoder = ConstantCurrent | Rate | Spike
Decoder = RateToPwm | LeakyCount | WinnerTakeAll | Potential | Strongest
