"""A network in brian2, in floats, with exact integration. Nothing of the compiler is in it.

So that only the integers differ, brian2 counts ticks here as the contract and NEST do, which it does not by
itself: a neuron is held for refractory_s after the tick of its spike (brian2 counts that tick as well), and
a delta pulse is weighed against the threshold in the tick in which it comes (in brian2's order of a step,
thresholds before synapses, it would leak for a tick first).
"""

from __future__ import annotations

from typing import Any

import brian2 as b2
import numpy as np
from numpy.typing import NDArray

from tests.networks.floats import Bundle, FloatNetwork

Integers = NDArray[np.int64]


def build(network: FloatNetwork, stimulus: Integers) -> tuple[Any, Any]:
    """A brian2 Network that has not run yet, and its spike monitor; stimulus: (ticks, channels), 0 or 1."""
    b2.defaultclock.dt = network.dt_s * b2.second
    neurons = _neurons(network)
    ticks, channels = np.nonzero(stimulus)
    times = ticks * network.dt_s * b2.second
    world = b2.SpikeGeneratorGroup(network.channels, channels, times)
    monitor = b2.SpikeMonitor(neurons)
    synapses = [_synapses(b, world if b.from_sensors else neurons, neurons, network) for b in network.bundles]
    built = b2.Network(neurons, world, monitor, *synapses)
    if not any(network.neuron.taus_syn_s):
        built.schedule = ["start", "groups", "synapses", "thresholds", "resets", "end"]
    return built, monitor


def _neurons(network: FloatNetwork) -> Any:
    n = network.neuron
    currents = [i for i, tau_s in enumerate(n.taus_syn_s) if tau_s]
    total = " + ".join(["bias", *(f"u{i}" for i in currents)])
    model = f"dv/dt = ({total} - v) / tau_m : volt (unless refractory)\n"
    model += "\n".join(f"du{i}/dt = -u{i} / tau{i} : volt" for i in currents)
    constants = {f"tau{i}": n.taus_syn_s[i] * b2.second for i in currents} | {
        "tau_m": n.tau_m_s * b2.second,
        "bias": n.biases_v[0] * b2.volt,
        "threshold": n.threshold_v * b2.volt,
        "reset_to": n.reset_v * b2.volt,
    }
    return b2.NeuronGroup(
        network.size,
        model,
        threshold="v > threshold",
        reset="v = reset_to",
        refractory=(n.refractory_s + network.dt_s if n.refractory_s else 0) * b2.second,
        method="exact",
        namespace=constants,
    )


def _synapses(bundle: Bundle, source: Any, target: Any, network: FloatNetwork) -> Any:
    # A delta pulse into a refractory neuron is lost, as in Brunel (2000) and NEST's iaf_psc_delta.
    delta = network.neuron.taus_syn_s[bundle.receptor] == 0
    effect = "v_post += weight * int(not_refractory_post)" if delta else f"u{bundle.receptor}_post += weight"
    synapses = b2.Synapses(
        source,
        target,
        on_pre=effect,
        delay=bundle.delay * network.dt_s * b2.second,
        namespace={"weight": bundle.weight_v * b2.volt},
    )
    synapses.connect(i=bundle.sources, j=bundle.targets)
    return synapses


def simulate(network: FloatNetwork, stimulus: Integers) -> tuple[NDArray[np.float64], Integers]:
    """Times in seconds and neurons of all spikes of a run over the stimulus' ticks."""
    built, monitor = build(network, stimulus)
    built.run(len(stimulus) * network.dt_s * b2.second)
    return np.asarray(monitor.t / b2.second), np.asarray(monitor.i, np.int64)
