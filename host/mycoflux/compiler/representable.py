"""Numbers that have no integer near them: refused with the part, its line and what to do."""

from __future__ import annotations

import math

from myco import arith
from mycoflux.circuit.neurons import Membrane
from mycoflux.circuit.parts import Population
from mycoflux.compiler import scale
from mycoflux.compiler.membrane import MembraneFactors
from mycoflux.errors import QuantizeError


def check_threshold(population: Population, most: float, threshold_v: float) -> None:
    """The threshold has steps enough at `most` units a volt, or QuantizeError; 0 for no threshold."""
    if threshold_v and most * threshold_v / 64 < scale.VTH_MIN:
        raise QuantizeError(
            f"population '{population.name}': its inputs together are so much stronger than its threshold "
            f"that the threshold would have {int(most * threshold_v / 64)} steps, at least {scale.VTH_MIN} "
            "are needed",
            where=population.origin,
            remedy="Weaken the weights, shorten tau_syn_s, or raise threshold_v",
        )


def check_decays(population: Population, neuron: Membrane, factors: MembraneFactors, dt_s: float) -> None:
    """Every time constant has a decay of the contract near it, or QuantizeError."""
    if neuron.tau_m_s != math.inf:
        check_membrane(population, "tau_m_s", neuron.tau_m_s, factors.dv, dt_s)
    names = ("tau_syn_s", *(f"receptor '{r}'" for r in neuron.receptors))
    for name, tau_s, receptor in zip(names, neuron.taus_syn_s, factors.receptors, strict=True):
        check_synapse(population, name, tau_s, receptor.du + 1, dt_s)


def check_membrane(population: Population, name: str, tau_s: float, decay: int, dt_s: float) -> None:
    """A time constant has a decay of the contract near it that leaves something, or QuantizeError."""
    _check_long(population, name, tau_s, decay, dt_s)
    if decay > arith.DECAY_ONE - 1:
        raise QuantizeError(
            f"population '{population.name}': {name} = {tau_s:g} s is too short for a tick of {dt_s:g} s",
            where=population.origin,
            remedy=f"Lengthen {name} or shorten dt_s",
        )


def check_synapse(population: Population, name: str, tau_s: float, decay: int, dt_s: float) -> None:
    """A synaptic time constant has a decay of the contract near it, or QuantizeError."""
    _check_long(population, name, tau_s, decay, dt_s)
    if tau_s > 0 and decay == arith.DECAY_ONE:
        raise QuantizeError(
            f"population '{population.name}': {name} = {tau_s:g} s is too short for a tick of {dt_s:g} s: "
            "nothing of it is left after one",
            where=population.origin,
            remedy=f"Give 0 for delta synapses, or at least {dt_s / 9:.2g} s",
        )


def _check_long(population: Population, name: str, tau_s: float, decay: int, dt_s: float) -> None:
    if decay < 1:
        raise QuantizeError(
            f"population '{population.name}': {name} = {tau_s:g} s is too long for a tick of {dt_s:g} s: "
            "its decay rounds to nothing",
            where=population.origin,
            remedy=f"At this dt_s the longest is about {8192 * dt_s:g} s; shorten it or lengthen dt_s",
        )
