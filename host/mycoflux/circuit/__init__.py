"""What an author writes: populations, projections, ports, nesting; floats, SI units, names.

No integers of a program, no boards and no tick numbers may enter here. Everything an author needs is
importable from this package.
"""

from mycoflux.circuit.accept import Accept
from mycoflux.circuit.circuit import Circuit, Handle, Nested
from mycoflux.circuit.custom import CustomDecoder, CustomEncoder, CustomNeuron
from mycoflux.circuit.neurons import (
    LIF,
    AdaptiveLIF,
    Graded,
    Izhikevich,
    LeakyIntegrator,
    ResonateAndFire,
    TernaryLIF,
)
from mycoflux.circuit.patterns import (
    AllToAll,
    Convolution,
    DistanceDependent,
    Explicit,
    FixedInDegree,
    FixedOutDegree,
    GaborField,
    GaussianField,
    Groups,
    OneToOne,
    Pattern,
    Random,
    ScaleFree,
    SmallWorld,
    SparseRandom,
)
from mycoflux.circuit.ports import (
    ConstantCurrent,
    LeakyCount,
    Potential,
    Rate,
    RateToPwm,
    Spike,
    Strongest,
    WinnerTakeAll,
)
from mycoflux.shapes import ConvolutionShape

__all__ = [
    "LIF",
    "Accept",
    "AdaptiveLIF",
    "AllToAll",
    "Circuit",
    "ConstantCurrent",
    "Convolution",
    "ConvolutionShape",
    "CustomDecoder",
    "CustomEncoder",
    "CustomNeuron",
    "DistanceDependent",
    "Explicit",
    "FixedInDegree",
    "FixedOutDegree",
    "GaborField",
    "GaussianField",
    "Graded",
    "Groups",
    "Handle",
    "Izhikevich",
    "LeakyCount",
    "LeakyIntegrator",
    "Nested",
    "OneToOne",
    "Pattern",
    "Potential",
    "Random",
    "Rate",
    "RateToPwm",
    "ResonateAndFire",
    "ScaleFree",
    "SmallWorld",
    "SparseRandom",
    "Spike",
    "Strongest",
    "TernaryLIF",
    "WinnerTakeAll",
]
