"""Circuits to begin with: known motifs, whole and working, to be run, subclassed, or included in others.

One motif a file, each a `Circuit` whose parameters are class attributes; what it does, by which equations and
from which paper stands in its docstring. Nothing here can do what an author's own circuit cannot.
"""

from mycoflux.circuit.generators.balanced import BalancedNetwork
from mycoflux.circuit.generators.competition import Competition
from mycoflux.circuit.generators.half_centre import HalfCentre
from mycoflux.circuit.generators.layers import Layers
from mycoflux.circuit.generators.oscillator_ring import OscillatorRing
from mycoflux.circuit.generators.reservoir import Reservoir
from mycoflux.circuit.generators.ring_attractor import RingAttractor

__all__ = [
    "BalancedNetwork",
    "Competition",
    "HalfCentre",
    "Layers",
    "OscillatorRing",
    "Reservoir",
    "RingAttractor",
]
