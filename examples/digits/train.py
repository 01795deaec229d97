"""Trains the digit classifier with snnTorch and exports it by snnTorch's own NIR export.

Needs what mycoflux itself does not: `pip install torch snntorch nirtorch scikit-learn`, then
`python examples/digits/train.py`. Writes digits.nir, and test.npz: the test images, their labels, and what
the trained network said to each in torch's floats.
"""

from __future__ import annotations

from pathlib import Path

import nir
import numpy as np
import snntorch as snn
import torch
from sklearn.datasets import load_digits
from snntorch import surrogate
from snntorch.export_nir import export_to_nir

STEPS = 25
HIDDEN = 48
TEST = 500
EPOCHS = 60
HERE = Path(__file__).parent


def spikes(images: np.ndarray) -> torch.Tensor:
    """Evenly spaced spikes, one a step for a pixel of 16: (steps, images, pixels)."""
    due = np.arange(STEPS + 1)[:, None, None] * images // 16
    return torch.from_numpy(np.diff(due, axis=0).astype(np.float32))


def leaky(size: int) -> snn.Leaky:
    """v = 0.9 v + input; a spike when v > 1, then v = 0 in the same step."""
    return snn.Leaky(
        # One of each a neuron: the export's check of types takes no scalars.
        beta=torch.full((size,), 0.9),
        threshold=torch.ones(size),
        reset_mechanism="zero",
        reset_delay=False,
        spike_grad=surrogate.atan(),
        init_hidden=True,
    )


def counts(network: torch.nn.Sequential, train: torch.Tensor) -> torch.Tensor:
    """Output spikes of each image, (images, 10)."""
    for layer in network:
        if isinstance(layer, snn.Leaky):
            layer.reset_mem()
    return torch.stack([network(step) for step in train]).sum(dim=0)


def main() -> None:
    """Train, measure, export."""
    torch.manual_seed(0)
    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.images))
    images, labels = data.data[order].astype(np.uint8), data.target[order].astype(np.uint8)
    train, test = slice(TEST, None), slice(0, TEST)
    network = torch.nn.Sequential(
        torch.nn.Linear(64, HIDDEN, bias=False),
        leaky(HIDDEN),
        torch.nn.Linear(HIDDEN, 10, bias=False),
        leaky(10),
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    inputs, wanted = spikes(images[train]), torch.from_numpy(labels[train].astype(np.int64))
    for epoch in range(EPOCHS):
        losses = []
        for batch in torch.randperm(len(wanted)).split(64):
            loss = torch.nn.functional.cross_entropy(counts(network, inputs[:, batch]) / 2, wanted[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}")
    with torch.no_grad():
        said = counts(network, spikes(images[test])).argmax(dim=1).numpy().astype(np.uint8)
    print(f"accuracy on {TEST} test images: {np.mean(said == labels[test]):.1%}")
    graph = export_to_nir(network, torch.zeros(64))
    nir.write(HERE / "digits.nir", graph)
    np.savez_compressed(HERE / "test.npz", images=images[test], labels=labels[test], snntorch=said)


if __name__ == "__main__":
    main()
