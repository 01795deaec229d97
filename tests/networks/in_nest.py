"""A network in NEST (iaf_psc_exp), in floats; for benchmarks only.

NEST's currents are in pA and C dV/dt = -C V / tau_m + I. With C in pF set to tau_m in ms, a current of 1 pA
drives V like 1 mV of u does here, so weights and biases in mV are NEST's in pA.
"""

from __future__ import annotations

from typing import Any

import nest
import numpy as np
from numpy.typing import NDArray

from tests.networks.floats import Bundle, FloatNetwork

Integers = NDArray[np.int64]


def build(network: FloatNetwork, stimulus: Integers) -> Any:
    """Make the network in NEST's kernel, one thread; its spike recorder."""
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.resolution = network.dt_s * 1e3
    nest.local_num_threads = 1
    neurons, world = _neurons(network), _world(network, stimulus)
    for number, bundle in enumerate(network.bundles):
        # One weight and one delay for all: NEST's leanest synapse.
        model = f"synapse_{number}"
        delay = (bundle.delay + 1) * network.dt_s * 1e3
        nest.CopyModel("static_synapse_hom_w", model, {"weight": bundle.weight_v * 1e3, "delay": delay})
        _connect(bundle, world if bundle.from_sensors else neurons, neurons, model)
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)
    return recorder


def _neurons(network: FloatNetwork) -> Any:
    n = network.neuron
    taus_ms = [tau_s * 1e3 for tau_s in n.taus_syn_s]
    parameters = {
        "C_m": n.tau_m_s * 1e3,
        "tau_m": n.tau_m_s * 1e3,
        "tau_syn_ex": taus_ms[0],
        "tau_syn_in": taus_ms[-1],
        "E_L": 0.0,
        "V_m": 0.0,
        "V_th": n.threshold_v * 1e3,
        "V_reset": n.reset_v * 1e3,
        "t_ref": n.refractory_s * 1e3,
        "I_e": n.biases_v[0] * 1e3,
    }
    return nest.Create("iaf_psc_exp", network.size, parameters)


def _world(network: FloatNetwork, stimulus: Integers) -> Any:
    """A parrot a channel: a device may not use the lean synapse. What it says comes one tick later."""
    generators = nest.Create("spike_generator", network.channels)
    for generator, train in zip(generators, stimulus.T, strict=True):
        times_ms = (np.flatnonzero(train) + 1) * network.dt_s * 1e3
        generator.set(spike_times=np.round(times_ms, 6))
    parrots = nest.Create("parrot_neuron", network.channels)
    nest.Connect(generators, parrots, "one_to_one", {"delay": network.dt_s * 1e3})
    return parrots


def _connect(bundle: Bundle, source: Any, target: Any, model: str) -> None:
    sources = np.asarray(source.tolist())[bundle.sources]
    targets = np.asarray(target.tolist())[bundle.targets]
    nest.Connect(sources, targets, "one_to_one", {"synapse_model": model})
