"""Neuron models by the book, a neuron at a time: the definition that every other executor must equal.

Written from the equations of docs/semantics.md, which are lava-nc 0.10.0's where Lava has the model, with
Python's unlimited integers; of the device it shares `arith` (decay, wrap24, clip_v) and nothing else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from myco import arith, models
from mycoflux.program import neurons
from mycoflux.program.types import Population


class Model(ABC):
    """One population's neurons. `u`, `v`: the state a backend shows, an integer a neuron."""

    def __init__(self, population: Population) -> None:
        self.first, self.size = population.first, population.size
        self.receptors = population.neuron.receptors
        self.u = [0] * self.size
        self.v = [0] * self.size

    @abstractmethod
    def step(self, i: int, arrived: Sequence[int]) -> int:
        """Advance neuron `i` by a tick; the value of its spike (1 where it has none), 0 for no spike.

        arrived: what arrived for this tick, an integer a receptor.
        """

    def begin_tick(self) -> None:  # noqa: B027 - most models have nothing to do here
        """Called before the neurons are advanced."""


def _current(u: int, du: int, a: int) -> int:
    return int(arith.wrap24(arith.decay(u, du + 1) + (a << arith.STATE_SHIFT)))


def _potential(v: int, dv: int, drive: int) -> int:
    return int(arith.clip_v(arith.decay(v, dv) + drive))


def _times(x: int, m: int) -> int:
    """x * m / 4096, rounded toward zero."""
    product = x * m
    return product >> 12 if product >= 0 else -(-product >> 12)


class _Lif(Model):
    """Loihi's LIF, and what GeneralLif adds to it."""

    def __init__(self, population: Population) -> None:
        super().__init__(population)
        neuron = population.neuron
        self._n = neuron if isinstance(neuron, neurons.GeneralLif) else _as_general(neuron)
        self._biases = [b << neuron.bias_exp for b in self._n.biases] or [neuron.bias] * self.size
        self._du = (neuron.du, *self._n.receptor_du)
        self._currents = [[0] * self.size for _ in self._du]
        self.u = self._currents[0]
        self._held = [0] * self.size
        self._tick = 0

    def step(self, i: int, arrived: Sequence[int]) -> int:
        n = self._n
        for currents, du, a in zip(self._currents, self._du, arrived, strict=True):
            currents[i] = _current(currents[i], du, a)
        if self._held[i]:
            self._held[i] -= 1
            return 0
        drive = sum(currents[i] for currents in self._currents) + self._biases[i]
        v = _potential(self.v[i], n.dv, drive)
        threshold = n.vth << arith.STATE_SHIFT
        spike = v > threshold and n.reset != models.RESET_NEVER
        if spike:
            v = v - threshold if n.reset == models.RESET_BY_SUBTRACTION else n.v_reset
            self._held[i] = n.refractory
        self.v[i] = v
        return int(spike)

    def begin_tick(self) -> None:
        """Lava's LIFReset: it counts its ticks from 1."""
        self._tick += 1
        interval = self._n.interval
        if interval and self._tick % interval == self._n.offset:
            for state in (*self._currents, self.v, self._held):
                state[:] = [0] * self.size


def _as_general(n: neurons.Neuron) -> neurons.GeneralLif:
    return neurons.GeneralLif(du=n.du, dv=n.dv, vth=n.vth, bias_mant=n.bias_mant, bias_exp=n.bias_exp)


class _Adaptive(Model):
    def __init__(self, population: Population) -> None:
        super().__init__(population)
        assert isinstance(population.neuron, neurons.AdaptiveLif)
        self._n = population.neuron
        self._rest = self._n.vth << arith.STATE_SHIFT
        self._theta = [self._rest] * self.size
        self._r = [0] * self.size

    def step(self, i: int, arrived: Sequence[int]) -> int:
        n = self._n
        self.u[i] = _current(self.u[i], n.du, arrived[0])
        self.v[i] = _potential(self.v[i], n.dv, self.u[i] + n.bias)
        theta = int(arith.decay(self._theta[i] - self._rest, n.delta_theta)) + self._rest
        r = int(arith.decay(self._r[i], n.delta_r))
        spike = self.v[i] - r >= theta
        if spike:
            r += 2 * theta
            theta += n.theta_step << arith.STATE_SHIFT
        self._theta[i], self._r[i] = theta, r
        return int(spike)


class _Ternary(Model):
    def __init__(self, population: Population) -> None:
        super().__init__(population)
        assert isinstance(population.neuron, neurons.TernaryLif)
        self._n = population.neuron

    def step(self, i: int, arrived: Sequence[int]) -> int:
        n = self._n
        self.u[i] = _current(self.u[i], n.du, arrived[0])
        v = _potential(self.v[i], n.dv, self.u[i] + n.bias)
        spike = (v > n.vth << arith.STATE_SHIFT) - (v < n.vth_lo << arith.STATE_SHIFT)
        self.v[i] = 0 if spike else v
        return int(spike)


class _Resonator(Model):
    def __init__(self, population: Population) -> None:
        super().__init__(population)
        assert isinstance(population.neuron, neurons.ResonateFire)
        self._n = population.neuron
        self._resets = isinstance(population.neuron, neurons.ResonateReset)

    def step(self, i: int, arrived: Sequence[int]) -> int:
        n = self._n
        real, imaginary = self.u[i], self.v[i]
        turned = _times(real, n.cosine) - _times(imaginary, n.sine)
        self.u[i] = int(arith.clip_v(turned + (arrived[0] << n.exponent)))
        self.v[i] = int(arith.clip_v(_times(real, n.sine) + _times(imaginary, n.cosine)))
        if not self._resets:
            return int(self.u[i] >= n.vth and self.v[i] >= 0 and imaginary < 0)
        spike = self.v[i] >= n.vth
        if spike:
            self.u[i], self.v[i] = 0, n.vth - 1
        return int(spike)


class _Izhikevich(Model):
    """All in 1/4096 mV and 1/4096 mV/ms; v is held at its peak until the tick ends."""

    _LIMIT = (1 << 19) - 1

    def __init__(self, population: Population) -> None:
        super().__init__(population)
        assert isinstance(population.neuron, neurons.Izhikevich)
        self._n = population.neuron
        self.v = [self._n.v_reset] * self.size
        self._w = [_times(self._n.v_reset, self._n.b)] * self.size

    def step(self, i: int, arrived: Sequence[int]) -> int:
        n = self._n
        self.u[i] = _current(self.u[i], n.du, arrived[0])
        v, w = self.v[i], self._w[i]
        for _ in range(n.steps):
            factor = v // 25 + (5 << 12)  # 0.04 v + 5
            # factor * v / 4096, in the device's two parts: v = 128 * high + low
            high, low = v >> 7, v & 127
            square = (factor * high + (factor * low >> 7)) >> 5
            slope = int(arith.clip_v(square + (140 << 12) - w + self.u[i] + n.bias))
            v = min(max(v + _times(slope, n.step), -self._LIMIT), n.peak)
        w = int(arith.clip_v(w + _times(int(arith.clip_v(_times(v, n.b) - w)), n.a)))
        spike = v >= n.peak
        if spike:
            v, w = n.v_reset, int(arith.clip_v(w + n.w_step))
        self.v[i], self._w[i] = v, w
        return int(spike)


class _Graded(Model):
    """Sends on what arrives; keeps nothing, so u and v stay 0."""

    def __init__(self, population: Population) -> None:
        super().__init__(population)
        self._vth = population.neuron.vth
        self._both = isinstance(population.neuron, neurons.Graded)

    def step(self, i: int, arrived: Sequence[int]) -> int:
        a = arrived[0]
        return a if a > self._vth or (self._both and a < -self._vth) else 0


_MODELS: dict[type[neurons.Neuron], type[Model]] = {
    neurons.Lif: _Lif,
    neurons.GeneralLif: _Lif,
    neurons.AdaptiveLif: _Adaptive,
    neurons.TernaryLif: _Ternary,
    neurons.ResonateFire: _Resonator,
    neurons.ResonateReset: _Resonator,
    neurons.Izhikevich: _Izhikevich,
    neurons.Graded: _Graded,
    neurons.Rectified: _Graded,
}


def make_model(population: Population) -> Model:
    """The model of a population, in its state before the first tick."""
    return _MODELS[type(population.neuron)](population)
