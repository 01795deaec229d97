"""A program's populations and projections as Lava processes.

Lava counts its steps from 1: what it does in step t + 1 is a program's tick t. A Dense sends what it summed
up in the step before, so a spike takes one tick through it, as the contract demands.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from myco import models
from mycoflux.backends.lava import library as lava
from mycoflux.program import neurons
from mycoflux.program.types import Population, Projection

_VTH_MAX = 131071
_DECAY_BITS = 12
_MESSAGE_BITS = 24  # of a spike's value
_ONE = 4096


def neuron_process(population: Population) -> Any:
    """The process that stands for a population that `subset.check` passed; `u_of`, `v_of` name its state."""
    n = population.neuron
    shape = (population.size,)
    biases = np.array(n.biases) if isinstance(n, neurons.GeneralLif) and n.biases else n.bias_mant
    common: dict[str, Any] = {
        "shape": shape,
        "bias_mant": np.broadcast_to(biases, shape).astype(np.int32),
        "bias_exp": np.full(shape, n.bias_exp, np.int32),
    }
    match n:
        case neurons.Lif() | neurons.GeneralLif():
            return _lif(n, common)
        case neurons.TernaryLif():
            return lava.TernaryLIF(du=n.du, dv=n.dv, vth_hi=n.vth, vth_lo=n.vth_lo, **common)
        case neurons.AdaptiveLif():
            # Decays are shares of 1 here; d / 4096 and its product with 4096 are exact.
            return lava.ATRLIF(
                delta_i=n.du / _ONE,
                delta_v=n.dv / _ONE,
                delta_theta=n.delta_theta / _ONE,
                delta_r=n.delta_r / _ONE,
                theta_0=n.vth,
                theta_step=n.theta_step,
                theta=n.vth,
                **common,
            )
        case neurons.ResonateFire():
            return _resonator(n, shape)
        case neurons.Rectified():
            return lava.GradedReluVec(shape=shape, vth=n.vth)
        case neurons.Graded():
            return lava.GradedVec(shape=shape, vth=n.vth)
    raise AssertionError(f"{type(n).__name__} passed the check of the subset")


def _lif(n: neurons.Neuron, common: dict[str, Any]) -> Any:
    never = isinstance(n, neurons.GeneralLif) and n.reset == models.RESET_NEVER
    vth = _VTH_MAX if never else n.vth
    if isinstance(n, neurons.GeneralLif) and n.interval:
        return lava.LIFReset(
            du=n.du, dv=n.dv, vth=vth, reset_interval=n.interval, reset_offset=n.offset, **common
        )
    return lava.LIF(du=n.du, dv=n.dv, vth=vth, **common)


def _resonator(n: neurons.ResonateFire, shape: tuple[int, ...]) -> Any:
    kind = lava.RF_IZ if isinstance(n, neurons.ResonateReset) else lava.RF
    process = kind(shape=shape, period=10, alpha=0.1, state_exp=n.exponent, decay_bits=_DECAY_BITS)
    # Lava computes these from period and alpha, and shifts vth; here they are given as integers.
    for name, value in (("cos_decay", n.cosine), ("sin_decay", n.sine), ("vth", n.vth)):
        getattr(process, name).init = np.int32(value)
    return process


def state_names(neuron: neurons.Neuron) -> tuple[str, str]:
    """What Lava calls u and v of this neuron; "" where it keeps none."""
    if isinstance(neuron, neurons.ResonateFire):
        return "real", "imag"
    if isinstance(neuron, neurons.Graded | neurons.Rectified):
        return "", ""
    return ("i" if isinstance(neuron, neurons.AdaptiveLif) else "u"), "v"


def input_port(process: Any, neuron: neurons.Neuron) -> Any:
    """Where synapses connect to."""
    return process.a_real_in if isinstance(neuron, neurons.ResonateFire) else process.a_in


def synapse_process(p: Projection, target_size: int, source_size: int, offset: int, graded: bool) -> Any:
    """The process that stands for a synapse table.

    source_size: of the whole source group; offset: where the table's first source is in it. graded: whether
    its spikes carry a value. A table has one sign and 8-bit weights, which Lava keeps as they are.
    """
    bits = _MESSAGE_BITS if graded else 0
    if p.shared is not None and not p.shift and not p.delay and p.sources == source_size:
        return _convolution(p, bits)
    rows = np.repeat(np.arange(p.sources), np.diff(p.rows)) + offset
    weights = p.sign * p.weights.astype(np.int32)
    common = {"weight_exp": p.shift, "num_message_bits": bits}
    if not p.delay and p.synapses * 4 < target_size * source_size:
        matrix = csr_matrix((weights, (p.targets, rows)), shape=(target_size, source_size))
        return lava.Sparse(weights=matrix, **common)
    dense = np.zeros((target_size, source_size), np.int32)
    dense[p.targets, rows] = weights
    if p.delay:
        return lava.DelayDense(weights=dense, delays=p.delay, **common)
    return lava.Dense(weights=dense, **common)


def _convolution(p: Projection, bits: int) -> Any:
    """Lava's axes are (across, down, channel), it turns the kernel round, and it knows no weight exponent."""
    assert p.shared is not None
    shape = p.shared.shape
    kernel = p.sign * p.shared.weights.reshape(shape.weights_shape)
    channels, height, width = shape.inputs
    return lava.Conv(
        weight=np.ascontiguousarray(kernel.transpose(0, 3, 2, 1)[:, ::-1, ::-1]),
        input_shape=(width, height, channels),
        padding=shape.padding[::-1],
        stride=shape.stride[::-1],
        dilation=shape.dilation[::-1],
        groups=shape.groups,
        num_message_bits=bits,
    )
