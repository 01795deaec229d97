"""Neuron models as a program has them: integers only, equations in docs/semantics.md.

Each class is one of `layout.MODEL_*`; `words` are the integers of state a neuron has beyond u and v.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar

from myco import layout, models


@dataclass(frozen=True, kw_only=True)
class Neuron:
    """What every model's record holds; a model that has no use for a field leaves it at 0.

    du: 0..4095, decay of u in 1/4096 a tick less the contract's 1. dv: 0..4096, decay of v. vth: threshold,
    0..131071 in units of 64 of v (in units of v in resonators and graded neurons). bias: mantissa
    -4096..4095 << exponent 0..7.
    """

    model: ClassVar[int]
    name: ClassVar[str]
    du: int = 0
    dv: int = 0
    vth: int = 0
    bias_mant: int = 0
    bias_exp: int = 0

    @property
    def bias(self) -> int:
        """What is added to v each tick."""
        return self.bias_mant << self.bias_exp

    @property
    def bias_high(self) -> int:
        """The largest bias of any neuron."""
        return self.bias

    @property
    def resets(self) -> bool:
        """Whether crossing the threshold brings v back to it or below."""
        return True

    @property
    def receptors(self) -> int:
        """Separate inputs, each with a current of its own."""
        return 1

    @property
    def words(self) -> int:
        """Integers of state beyond u and v."""
        return 0

    @property
    def graded(self) -> bool:
        """Whether its spikes carry a value."""
        return bool(models.is_graded(self.model))

    def params(self, bias_at: int = 0) -> bytes:
        """The model's parameter block; `bias_at` is where its table of biases lies in the image."""
        return b""


@dataclass(frozen=True, kw_only=True)
class Lif(Neuron):
    """Loihi's LIF: reset to zero, no refractory period."""

    model = layout.MODEL_LIF
    name = "LIF"


@dataclass(frozen=True, kw_only=True)
class GeneralLif(Neuron):
    """LIF with any of: refractory ticks, another reset, periodic reset, receptors, a bias a neuron.

    reset: models.RESET_*. v_reset: v after a spike, units of v, at most vth << 6. interval: ticks between
    periodic resets of all state, 0 for none; they come in ticks t (from 0) with
    (t + 1) % interval == offset. receptor_du: du of the receptors after the first, at most three.
    biases: a mantissa a neuron, or () for bias_mant for all.
    """

    model = layout.MODEL_GENERAL_LIF
    name = "general LIF"
    refractory: int = 0
    reset: int = models.RESET_TO_VALUE
    v_reset: int = 0
    interval: int = 0
    offset: int = 0
    receptor_du: tuple[int, ...] = ()
    biases: tuple[int, ...] = ()

    @property
    def receptors(self) -> int:
        """Separate inputs, each with a current of its own."""
        return 1 + len(self.receptor_du)

    @property
    def words(self) -> int:
        """A current a further receptor, and the refractory ticks left."""
        return len(self.receptor_du) + bool(self.refractory)

    @property
    def bias_high(self) -> int:
        """The largest bias of any neuron."""
        return max(self.biases, default=self.bias_mant) << self.bias_exp

    @property
    def resets(self) -> bool:
        """Subtraction may leave v above the threshold; a leaky integrator never spikes."""
        return bool(self.reset == models.RESET_TO_VALUE)

    def params(self, bias_at: int = 0) -> bytes:
        """The parameter block."""
        du = (*self.receptor_du, 0, 0, 0)[:3]
        return struct.pack(
            models.GENERAL_FORMAT,
            self.refractory,
            self.reset,
            self.v_reset,
            bias_at,
            self.interval,
            self.offset,
            *du,
        )


@dataclass(frozen=True, kw_only=True)
class AdaptiveLif(Neuron):
    """Lava's ATRLIF: adaptive threshold and refractory state; delta_* are decays 0..4096 a tick."""

    model = layout.MODEL_ADAPTIVE_LIF
    name = "adaptive LIF"
    delta_theta: int
    delta_r: int
    theta_step: int

    @property
    def resets(self) -> bool:
        """A spike raises the threshold; v goes on."""
        return False

    @property
    def words(self) -> int:
        """The threshold's distance from rest and the refractory state."""
        return 2

    def params(self, bias_at: int = 0) -> bytes:
        """The parameter block."""
        return struct.pack(models.ADAPTIVE_FORMAT, self.delta_theta, self.delta_r, self.theta_step)


@dataclass(frozen=True, kw_only=True)
class TernaryLif(Neuron):
    """Lava's TernaryLIF: spikes +1 above vth, -1 below vth_lo (a mantissa, -131072..vth)."""

    model = layout.MODEL_TERNARY_LIF
    name = "ternary LIF"
    vth_lo: int

    def params(self, bias_at: int = 0) -> bytes:
        """The parameter block."""
        return struct.pack(models.TERNARY_FORMAT, self.vth_lo)


@dataclass(frozen=True, kw_only=True)
class ResonateFire(Neuron):
    """Lava's RF: u is the real, v the imaginary part; cosine and sine in 1/4096, input << exponent."""

    model = layout.MODEL_RESONATE_FIRE
    name = "resonate-and-fire"
    cosine: int
    sine: int
    exponent: int = 0

    def params(self, bias_at: int = 0) -> bytes:
        """The parameter block."""
        return struct.pack(models.RESONATE_FORMAT, self.cosine, self.sine, self.exponent)


@dataclass(frozen=True, kw_only=True)
class ResonateReset(ResonateFire):
    """Lava's RF_IZ: as RF, but spikes at a threshold of the imaginary part, and resets."""

    model = layout.MODEL_RESONATE_RESET
    name = "resonate-and-fire with reset"


@dataclass(frozen=True, kw_only=True)
class Izhikevich(Neuron):
    """Izhikevich's quadratic neuron; voltages in 1/4096 mV, slopes in 1/4096 mV/ms.

    peak: spikes at or above. v_reset: v after a spike. w_step: what a spike adds to w. a (a tick), b:
    in 1/4096. step: length of an Euler step in 1/4096 ms. steps: Euler steps a tick.
    """

    model = layout.MODEL_IZHIKEVICH
    name = "Izhikevich"
    peak: int
    v_reset: int
    w_step: int
    a: int
    b: int
    step: int
    steps: int

    @property
    def words(self) -> int:
        """The recovery variable w."""
        return 1

    def params(self, bias_at: int = 0) -> bytes:
        """The parameter block."""
        fields = (self.peak, self.v_reset, self.w_step, self.a, self.b, self.step, self.steps)
        return struct.pack(models.IZHIKEVICH_FORMAT, *fields)


@dataclass(frozen=True, kw_only=True)
class Graded(Neuron):
    """Lava's GradedVec: what arrived is sent on as a value where it is beyond +-vth."""

    model = layout.MODEL_GRADED
    name = "graded"


@dataclass(frozen=True, kw_only=True)
class Rectified(Neuron):
    """Lava's GradedReluVec: what arrived is sent on as a value where it is above vth."""

    model = layout.MODEL_RECTIFIED
    name = "rectified"


def from_image(image: bytes, record: tuple[int, ...]) -> Neuron:
    """The neuron of a population record of an image that passed `myco.check`."""
    _, size, du, dv, vth, bias_mant, bias_exp, _, _, model, receptors, _ = record
    common = {"du": du, "dv": dv, "vth": vth, "bias_mant": bias_mant, "bias_exp": bias_exp}
    values = models.params(image, record)
    if model == layout.MODEL_GENERAL_LIF:
        refractory, reset, v_reset, bias_at, interval, offset, *receptor_du = values
        biases = struct.unpack_from(f"<{size}h", image, bias_at) if bias_at else ()
        return GeneralLif(
            refractory=refractory,
            reset=reset,
            v_reset=v_reset,
            interval=interval,
            offset=offset,
            receptor_du=tuple(receptor_du[:receptors]),
            biases=biases,
            **common,
        )
    names: dict[int, tuple[type[Neuron], tuple[str, ...]]] = {
        layout.MODEL_LIF: (Lif, ()),
        layout.MODEL_GRADED: (Graded, ()),
        layout.MODEL_RECTIFIED: (Rectified, ()),
        layout.MODEL_ADAPTIVE_LIF: (AdaptiveLif, ("delta_theta", "delta_r", "theta_step")),
        layout.MODEL_TERNARY_LIF: (TernaryLif, ("vth_lo",)),
        layout.MODEL_RESONATE_FIRE: (ResonateFire, ("cosine", "sine", "exponent")),
        layout.MODEL_RESONATE_RESET: (ResonateReset, ("cosine", "sine", "exponent")),
        layout.MODEL_IZHIKEVICH: (Izhikevich, ("peak", "v_reset", "w_step", "a", "b", "step", "steps")),
    }
    cls, fields = names[model]
    return cls(**dict(zip(fields, values, strict=True)), **common)
