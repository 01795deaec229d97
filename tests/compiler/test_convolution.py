"""Convolutions: the same synapses as written out one by one, in a fraction of the bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoflux.backends.in_memory import EngineBackend
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.circuit import LIF, Circuit, Convolution, ConvolutionShape, Explicit, Pattern, Rate
from mycoflux.compiler import pipeline
from mycoflux.compiler.pipeline import Build, compile_circuit
from mycoflux.errors import CircuitError, MycofluxError
from mycoflux.program.image import decode
from mycoflux.program.inspect import as_dict
from mycoflux.program.joined import by_kind
from mycoflux.program.types import Projection
from tests.backends.test_equal import assert_equal
from tests.programs import random_inputs


def convolve(inputs: np.ndarray, kernel: np.ndarray, shape: ConvolutionShape) -> np.ndarray:
    """A convolution by its definition: (channels, height, width) to `shape.outputs`."""
    (py, px), (sy, sx), (dy, dx) = shape.padding, shape.stride, shape.dilation
    padded = np.pad(inputs, ((0, 0), (py, py), (px, px)))
    out = np.zeros(shape.outputs)
    within, per_group = kernel.shape[1], kernel.shape[0] // shape.groups
    for channel, y, x in np.ndindex(*shape.outputs):
        base = channel // per_group * within
        for c, row, column in np.ndindex(*kernel.shape[1:]):
            value = padded[base + c, y * sy + row * dy, x * sx + column * dx]
            out[channel, y, x] += kernel[channel, c, row, column] * value
    return out


shapes = st.builds(
    lambda within, size, channels, kernel, stride, padding, dilation, groups: ConvolutionShape(
        (within * groups, *size), channels * groups, kernel, stride, padding, dilation, groups
    ),
    st.integers(1, 2),
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    st.integers(1, 3),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.integers(1, 3), st.integers(1, 2)),
    st.tuples(st.integers(0, 2), st.integers(0, 2)),
    st.tuples(st.integers(1, 2), st.integers(1, 2)),
    st.integers(1, 2),
).filter(lambda shape: min(shape.outputs) >= 1)


@settings(max_examples=80, deadline=None)
@given(shape=shapes, seed=st.integers(0, 1 << 30))
def test_the_synapses_are_those_of_the_definition(shape: ConvolutionShape, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kernel = rng.integers(-9, 10, shape.weights_shape)
    values = rng.integers(0, 5, shape.inputs)
    sources, targets, entries = shape.synapses()
    out = np.zeros(int(np.prod(shape.outputs)))
    np.add.at(out, targets, kernel.reshape(-1)[entries] * values.reshape(-1)[sources])
    assert (out.reshape(shape.outputs) == convolve(values, kernel, shape)).all()
    assert len({*zip(sources.tolist(), targets.tolist(), strict=True)}) == len(sources)


def whole(p: Projection) -> list[tuple[int, int, int]]:
    """Its synapses, wherever its table begins and ends."""
    sources = p.first + np.repeat(np.arange(p.sources), np.diff(p.rows))
    return [*zip(sources.tolist(), p.targets.tolist(), p.weights.tolist(), strict=True)]


def network(shape: ConvolutionShape, pattern: Pattern, weight_v: object) -> Build:
    circuit = Circuit("shared")
    size, outputs = int(np.prod(shape.inputs)), int(np.prod(shape.outputs))
    pixels = circuit.sensor("pixels", Rate(900.0), size)
    first = circuit.population("first", size, LIF(tau_syn_s=0.0, threshold_v=1.0))
    second = circuit.population("second", outputs, LIF(threshold_v=1.0))
    circuit.connect(pixels, first, weight_v=0.9, pattern=Explicit([(i, i) for i in range(size)]))
    circuit.connect(first, second, weight_v=weight_v, pattern=pattern, delay_s=0.002)
    return compile_circuit(circuit)


@settings(max_examples=40, deadline=None)
@given(shape=shapes, seed=st.integers(0, 1 << 30))
def test_it_runs_as_the_same_synapses_written_out(shape: ConvolutionShape, seed: int) -> None:
    kernel = np.random.default_rng(seed).normal(0.2, 0.6, shape.weights_shape)
    sources, targets, entries = shape.synapses()
    if not len(sources):
        return
    build = network(shape, Convolution(shape), kernel)
    pairs = list(zip(sources.tolist(), targets.tolist(), strict=True))
    explicit = network(shape, Explicit(pairs), kernel.reshape(-1)[entries].tolist())
    assert [whole(p) for p in by_kind(build.program.projections)] == [
        whole(p) for p in by_kind(explicit.program.projections)
    ]
    assert decode(build.image) == build.program
    inputs = random_inputs(seed, build.program.channels, 30)
    assert_equal(PlainReference(explicit.program), EngineBackend(build.program), inputs)


def test_it_is_stored_once_a_kernel() -> None:
    shape = ConvolutionShape((2, 16, 16), 8, (3, 3), padding=(1, 1))
    build = network(shape, Convolution(shape), np.full(shape.weights_shape, 0.1))
    assert as_dict(build.program, build.image)["projections"][-1]["table"] == "convolution"
    synapses = build.program.projections[-1].synapses
    assert synapses == 33_856  # 2 * 8 * (16 * 3 - 2) ** 2, the edges less
    assert len(build.image) < 8_000


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (ConvolutionShape((1, 2, 2), 1, (3, 3)), "no convolution"),
        (ConvolutionShape((3, 4, 4), 2, (2, 2), groups=2), "no convolution"),
        (ConvolutionShape((1, 4, 4), 1, (2, 2), stride=(0, 1)), "no convolution"),
    ],
)
def test_what_is_no_convolution_is_refused(shape: ConvolutionShape, said: str) -> None:
    with pytest.raises(CircuitError, match=said):
        Convolution(shape)


def test_sizes_and_weights_must_be_those_of_the_shape() -> None:
    shape = ConvolutionShape((1, 4, 4), 1, (2, 2))
    with pytest.raises(CircuitError, match="has 3 values for 4 synapses"):
        network(shape, Convolution(shape), [0.1, 0.2, 0.3])
    circuit = Circuit("sizes")
    a, b = circuit.population("a", 16, LIF()), circuit.population("b", 16, LIF())
    circuit.connect(a, b, weight_v=0.1, pattern=Convolution(shape))
    with pytest.raises(CircuitError, match="from 16 to 9 neurons, these have 16 and 16"):
        compile_circuit(circuit)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1 << 30))
def test_a_kernel_is_shared_only_by_synapses_of_one_delay(seed: int) -> None:
    """A part of a convolution, by delay or sign, must not stand for the synapses of the other parts."""
    rng = np.random.default_rng(seed)
    shape = ConvolutionShape((1, 6, 8), 2, (3, 3))
    circuit = Circuit("delayed")
    source = circuit.sensor("in", Rate(900.0), 48)
    target = circuit.population("out", int(np.prod(shape.outputs)), LIF(tau_syn_s=0.0))
    circuit.connect(
        source,
        target,
        weight_v=(rng.integers(-4, 5, 18) / 500).tolist(),
        delay_s=rng.choice([0.001, 0.004], len(shape.synapses()[0])).tolist(),
        pattern=Convolution(shape),
    )
    build = compile_circuit(circuit)
    assert decode(build.image) == build.program
    inputs = random_inputs(seed, 48, 15)
    assert_equal(PlainReference(build.program), EngineBackend(build.program), inputs)


def test_an_image_that_is_not_its_programs_is_told_as_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = Circuit("whole")
    circuit.population("a", 2, LIF())
    other = compile_circuit(circuit).image
    circuit.population("b", 2, LIF())
    monkeypatch.setattr(pipeline, "encode", lambda program: other)
    with pytest.raises(MycofluxError, match="bug in mycoflux") as caught:
        compile_circuit(circuit)
    assert caught.value.exit_code == 70
