"""The trained digit classifier, imported from NIR, on every executor; one table.

`python examples/digits/evaluate.py [--images N] [--boards virtual: armv7:] [--markdown FILE]`. All images go
through in one run: a few silent ticks let the last spikes out, then every neuron begins anew.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mycoflux.backends.board import BoardBackend
from mycoflux.backends.brian2.backend import Brian2Backend
from mycoflux.backends.lava.backend import LavaBackend
from mycoflux.backends.reference.fast import FastReference
from mycoflux.backends.run import Record
from mycoflux.circuit import Circuit
from mycoflux.circuit.network import float_network
from mycoflux.circuit.nir import import_nir
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.deploy.connect import connect
from mycoflux.program.types import Program

HERE = Path(__file__).parent
DT_S = 1e-4  # what snnTorch's export takes a step to be
STEPS = 25
SILENT = 3  # a tick from the sensor to the hidden neurons, one on to the output, one to begin anew
CLASSES = 10

_PAGE = """# Digits

A classifier of scikit-learn's 8 x 8 digits: 64 inputs, 48 hidden and 10 output LIF neurons, no biases,
{steps} steps an image. Trained with snnTorch in floats (`examples/digits/train.py`), exported by snnTorch's
own NIR export, imported, quantized and run. The answer is the output neuron with the most spikes. By hand:

```
mycoflux build examples/digits/digits.nir --dt 0.0001 --reset value --time-unit 1
```

{table}

`make digits` writes this page; training takes torch, this does not. The images are none of those it was
trained with.
"""

Spikes = tuple[np.ndarray, np.ndarray]  # ticks, neurons


@dataclass(frozen=True)
class Row:
    """What an executor said to the first images of the test set."""

    executor: str
    said: np.ndarray
    right: float
    as_reference: float  # share of images to which the reference says the same


def digits() -> Circuit:
    """The circuit of digits.nir; all neurons begin anew with each image."""
    circuit = import_nir(HERE / "digits.nir", dt_s=DT_S, readout=None)
    for name in ("1", "3"):
        circuit.change(name, restart_every_s=(STEPS + SILENT) * DT_S)
    return circuit


def stimulus(images: np.ndarray) -> np.ndarray:
    """Evenly spaced spikes, as in training: (ticks, pixels) of 0 and 1."""
    due = np.arange(STEPS + 1)[:, None] * images[:, None, :].astype(int) // 16
    shown = np.diff(due, axis=1)
    return np.pad(shown, ((0, 0), (0, SILENT), (0, 0))).reshape(-1, images.shape[1])


def answers(ticks: np.ndarray, neurons: np.ndarray, first: int, images: int) -> np.ndarray:
    """The class with the most spikes to each image, the lowest where equal.

    first: number of the first output neuron. Two ticks lie between a pixel's spike and its effect on them.
    """
    image, step = np.divmod(ticks, STEPS + SILENT)
    counted = (neurons >= first) & (step >= 2) & (step < STEPS + 2)
    counts = np.zeros((images, CLASSES), int)
    np.add.at(counts, (image[counted], neurons[counted] - first), 1)
    return counts.argmax(axis=1)


def on_board(program: Program, image: bytes, url: str, inputs: np.ndarray) -> Spikes:
    """The spikes of a board, in lockstep."""
    ticks, neurons = [], []
    with connect(url) as connected:
        connected.put(image)
        backend = BoardBackend(program, connected.session)
        for tick, readings in enumerate(inputs.tolist()):
            fired = backend.step(readings).spikes
            ticks += [tick] * len(fired)
            neurons += fired
    return np.array(ticks, int), np.array(neurons, int)


def evaluate(images: int, boards: dict[str, int], to_lava: int | None = None) -> list[Row]:
    """A row for each executor; the boards named are shown so many images, and Lava `to_lava` or all."""
    with np.load(HERE / "test.npz") as data:
        pictures, labels, snntorch = data["images"][:images], data["labels"][:images], data["snntorch"]
    circuit = digits()
    build = compile_circuit(circuit)
    program = build.program
    first = next(p.first for p in program.populations if p.name == "3")

    def fast(inputs: np.ndarray) -> Spikes:
        run = FastReference(program).run(inputs)
        return run.spike_ticks, run.spike_neurons

    def lava(inputs: np.ndarray) -> Spikes:
        run = LavaBackend(program).run(inputs, Record())
        return run.spike_ticks, run.spike_neurons

    def floats(inputs: np.ndarray) -> Spikes:
        run = Brian2Backend(float_network(circuit)).run(inputs)
        return run.spike_ticks, run.spike_neurons

    executors: dict[str, tuple[Callable[[np.ndarray], Spikes], int]] = {
        "reference (integers)": (fast, images),
        "brian2 (floats)": (floats, images),
        "Lava, fixed_pt (integers)": (lava, images if to_lava is None else min(to_lava, images)),
    }
    for url, shown in boards.items():
        executors[f"board {url} (integers)"] = (
            lambda inputs, url=url: on_board(program, build.image, url, inputs),
            min(shown, images),
        )
    said = {"snnTorch (floats)": snntorch[:images]}
    for name, (execute, shown) in executors.items():
        ticks, neurons = execute(stimulus(pictures[:shown]))
        said[name] = answers(ticks, neurons, first, shown)
    reference = said["reference (integers)"]
    return [
        Row(name, s, float(np.mean(s == labels[: len(s)])), float(np.mean(s == reference[: len(s)])))
        for name, s in said.items()
    ]


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| executor | images | right | same answer as the reference |", "|---|---|---|---|"]
    lines += [f"| {r.executor} | {len(r.said)} | {r.right:.1%} | {r.as_reference:.1%} |" for r in rows]
    return "\n".join(lines)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--boards", nargs="*", default=["virtual:", "armv7:"], help="board URLs")
    parser.add_argument("--shown", type=int, default=100, help="images to show to each board")
    parser.add_argument("--markdown", type=Path, help="file to write, as docs/digits.md")
    arguments = parser.parse_args()
    text = table(evaluate(arguments.images, dict.fromkeys(arguments.boards, arguments.shown)))
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(_PAGE.format(table=text, steps=STEPS))


if __name__ == "__main__":
    main()
