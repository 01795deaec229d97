"""The parameters of a generator, checked before anything is computed from them."""

from __future__ import annotations

from collections.abc import Sequence

from mycoflux.circuit import checks
from mycoflux.circuit.circuit import Circuit


def check(
    circuit: Circuit,
    counts: Sequence[str] = (),
    positive: Sequence[str] = (),
    not_negative: Sequence[str] = (),
    shares: Sequence[str] = (),
) -> None:
    """Refuse a circuit whose parameters of these names are not whole numbers from 1 up, above 0, ...

    Raises:
        CircuitError: names the first parameter that is wrong.
    """
    for name in counts:
        checks.count(getattr(circuit, name), name)
    for name in positive:
        checks.positive(getattr(circuit, name), name)
    for name in not_negative:
        checks.not_negative(getattr(circuit, name), name)
    for name in shares:
        checks.share(getattr(circuit, name), name)
