"""A recording of a Loihi 2 chip: the same NIR graph gives the same spikes at the same steps everywhere here.

The facts are from the NIR project's paper material (neuromorphs/NIR, `paper/01_lif`, "lif_lava_loihi_fixed"):
one LIF neuron, steps of 0.1 ms, an input of 1 at SPIKES_IN, output spikes at SPIKES_OUT. Chip and mycoflux
alike need one step from a spike to its effect, so both fire one step later than what has no such step.
"""

from __future__ import annotations

import nir
import numpy as np
import pytest

from mycoflux.backends.base import Backend
from mycoflux.backends.board import BoardBackend
from mycoflux.backends.lava.backend import LavaBackend
from mycoflux.backends.lava.subset import outside
from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.circuit.nir import import_nir
from mycoflux.compiler.pipeline import Build, compile_circuit
from mycoflux.deploy.connect import connect

DT_S = 1e-4
STEPS = 1000
# fmt: off
SPIKES_IN = (
    60, 220, 270, 310, 320, 350, 370, 400, 410, 430, 440, 450, 460, 470, 480, 490, 500, 510, 520, 530,
    670, 680, 690, 700, 710, 720, 730, 740, 750, 760, 770, 780, 840, 850,
)
# fmt: on
SPIKES_OUT = [461, 511, 711, 761]


def graph() -> nir.NIRGraph:
    """The graph that the chip ran, as Norse wrote it: in single precision."""

    def one(value: float) -> np.ndarray:
        return np.array([value], np.float32)

    return nir.NIRGraph.from_list(
        nir.Affine(weight=one(1.0).reshape(1, 1), bias=one(0.0)),
        nir.LIF(tau=one(0.0025), r=one(1.0), v_leak=one(0.0), v_threshold=one(0.1), v_reset=one(0.0)),
    )


@pytest.fixture(scope="module", params=["euler", "exact"])
def build(request: pytest.FixtureRequest) -> Build:
    return compile_circuit(import_nir(graph(), dt_s=DT_S, method=request.param))


def readings() -> np.ndarray:
    inputs = np.zeros((STEPS, 1), np.int64)
    inputs[list(SPIKES_IN)] = 4095
    return inputs


def stepped(backend: Backend) -> list[int]:
    return [tick for tick, row in enumerate(readings().tolist()) if backend.step(row).spikes]


def test_desktop(build: Build) -> None:
    assert outside(build.program) == ()
    assert stepped(PlainReference(build.program)) == SPIKES_OUT
    for backend in (FastReference(build.program), LavaBackend(build.program)):
        assert backend.run(readings()).spike_ticks.tolist() == SPIKES_OUT


@pytest.mark.parametrize(
    "url",
    [
        "sim:",
        pytest.param("virtual:", marks=pytest.mark.virtual),
        pytest.param("armv7:", marks=pytest.mark.armv7),
    ],
)
def test_boards(build: Build, url: str) -> None:
    with connect(url) as connected:
        connected.put(build.image)
        assert stepped(BoardBackend(build.program, connected.session)) == SPIKES_OUT


def test_the_integers_are_near_those_of_the_chip() -> None:
    # What the recording was made with, found by search: dv = 163, vth = 25, weight = 10.
    program = compile_circuit(import_nir(graph(), dt_s=DT_S)).program
    neuron, table = program.populations[0].neuron, program.projections[0]
    assert abs(neuron.dv - 163) <= 1
    assert (int(table.weights[0]) << table.shift) / neuron.vth == pytest.approx(10 / 25, rel=1e-3)
