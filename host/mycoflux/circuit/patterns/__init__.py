"""Who is connected to whom: rules that give the synapses of a projection, one family a file.

A rule that draws takes a seed and gives the same synapses for it every time. None ever holds a matrix of
sources times targets: synapses come in blocks, in memory and time near linear in their number.
"""

from mycoflux.circuit.patterns.base import Block, Pattern, Streamed, gathered
from mycoflux.circuit.patterns.degrees import FixedInDegree, FixedOutDegree
from mycoflux.circuit.patterns.distance import DistanceDependent
from mycoflux.circuit.patterns.fields import GaborField, GaussianField
from mycoflux.circuit.patterns.graphs import ScaleFree, SmallWorld
from mycoflux.circuit.patterns.independent import Random, SparseRandom
from mycoflux.circuit.patterns.regular import AllToAll, Convolution, Explicit, Groups, OneToOne

__all__ = [
    "AllToAll",
    "Block",
    "Convolution",
    "DistanceDependent",
    "Explicit",
    "FixedInDegree",
    "FixedOutDegree",
    "GaborField",
    "GaussianField",
    "Groups",
    "OneToOne",
    "Pattern",
    "Random",
    "ScaleFree",
    "SmallWorld",
    "SparseRandom",
    "Streamed",
    "gathered",
]
