"""What an author writes: populations, projections, ports, nesting; floats, SI units, names.

No integers of a program, no boards and no tick numbers may enter here. Everything an author needs is
importable from this package.
"""

from mycoflux.circuit.circuit import Circuit, Handle, Nested
from mycoflux.circuit.neurons import LIF
from mycoflux.circuit.patterns import AllToAll, Explicit, OneToOne, Pattern, Random
from mycoflux.circuit.ports import (
    ConstantCurrent,
    LeakyCount,
    Rate,
    RateToPwm,
    Spike,
    WinnerTakeAll,
)

__all__ = [
    "LIF",
    "AllToAll",
    "Circuit",
    "ConstantCurrent",
    "Explicit",
    "Handle",
    "LeakyCount",
    "Nested",
    "OneToOne",
    "Pattern",
    "Random",
    "Rate",
    "RateToPwm",
    "Spike",
    "WinnerTakeAll",
]
