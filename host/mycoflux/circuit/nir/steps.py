"""How a differential equation of NIR becomes steps: by forward Euler, or exactly.

```
tau dv/dt = (v_leak - v) + R I          one step of dt, I constant in it

euler   v' = (1 - dt/tau) v + dt/tau R I         what snnTorch, Norse, Lava and Loihi do
exact   v' = e^(-dt/tau) v + (1 - e^(-dt/tau)) R I     the equation's own solution
```

A circuit's time constants are solved exactly by the compiler, so for `euler` each is replaced by the one
whose exact decay in a step is Euler's: e^(-dt/tau') = 1 - dt/tau. Leak and input must be of one kind: an
exact leak with Euler's input makes neurons fire early.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mycoflux.circuit.exact import current_gain

METHODS = ("euler", "exact")


@dataclass(frozen=True)
class Steps:
    """A step of `dt_s` seconds by one of METHODS."""

    dt_s: float
    method: str = "euler"

    def fits(self, tau_s: float) -> bool:
        """Whether a leak of `tau_s` can be stepped: Euler's undershoots where a step is as long."""
        return tau_s > (self.dt_s * (1 + 1e-6) if self.method == "euler" else 0)

    def to_circuit(self, tau_s: float) -> float:
        """The circuit's time constant for an equation's."""
        return tau_s if self.method == "exact" else -self.dt_s / math.log1p(-self.dt_s / tau_s)

    def to_equation(self, tau_s: float) -> float:
        """The equation's time constant for a circuit's: the inverse of `to_circuit`."""
        return tau_s if self.method == "exact" else -self.dt_s / math.expm1(-self.dt_s / tau_s)

    def input_gain(self, tau_s: float) -> float:
        """By how much R I of one step raises v; tau_s: the equation's."""
        return self.dt_s / tau_s if self.method == "euler" else -math.expm1(-self.dt_s / tau_s)

    def synaptic_gain(self, tau_mem_s: float, tau_syn_s: float) -> float:
        """The circuit's weight (what u jumps by) for w_in R S = 1 in one step, where I decays.

        `exact`: the jump that brings the same charge, dt / tau_syn. `euler`: the jump that raises v as
        Euler's two steps do.
        """
        jump = self.dt_s / tau_syn_s
        if self.method == "exact":
            return jump
        mem, syn = self.to_circuit(tau_mem_s), self.to_circuit(tau_syn_s)
        return jump * self.input_gain(tau_mem_s) / current_gain(mem, syn, self.dt_s)
