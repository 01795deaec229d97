"""A NIR file -> a graph, or an error that says what is wrong with the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mycoflux.circuit.nir.library import h5py, nir
from mycoflux.circuit.nir.refusals import Refusals
from mycoflux.errors import CircuitError

KNOWN = (
    *("NIRGraph", "Input", "Output", "Affine", "Linear", "Scale", "Conv1d", "Conv2d", "SumPool2d"),
    *("AvgPool2d", "Flatten", "Delay", "Threshold", "LIF", "CubaLIF", "LI", "CubaLI", "I", "IF"),
)

_DEEPEST = 200  # groups in groups; a nested graph takes two
_MOST_ITEMS = 1_000_000
_MOST_BYTES = 2_000_000_000


def read_graph(path: Path) -> Any:
    """The graph in a file, as written: NIR's own check of types is left to `sizes`, which tolerates more.

    Raises:
        CircuitError: no such file, not HDF5, cut short, no NIR in it, or nodes of unknown kinds (all named).
    """
    if not path.is_file():
        raise CircuitError("there is no such NIR file", where=str(path), remedy="Give the path of a NIR file")
    try:
        with h5py.File(path, "r") as file:
            content = _Contents().of(file["node"])
    # What h5py raises of damaged files is not documented; MemoryError is of sizes that are not there.
    except Exception as error:
        raise CircuitError(
            f"the file is no NIR graph, or damaged ({_short(error)})",
            where=str(path),
            remedy="Write it again with nir.write(...)",
        ) from error
    refusals = Refusals(str(path), "imported")
    _check_kinds(content, "", refusals)
    refusals.raise_if_any()
    try:
        graph = nir.dict2NIRNode(content)
    # The nodes' own checks are asserts and whatever numpy says of what is missing or misshapen.
    except Exception as error:
        raise CircuitError(
            f"a node in the file lacks something ({_short(error)})",
            where=str(path),
            remedy="Write it again with nir.write(...)",
        ) from error
    if not isinstance(graph, nir.NIRGraph):
        raise CircuitError("the file holds a single node, no graph", where=str(path), remedy="Put it in one")
    return graph


class _Contents:
    """A group of a file as nested dictionaries, within bounds: a damaged file may name sizes and circles."""

    def __init__(self) -> None:
        self._items = 0
        self._bytes = 0

    def of(self, group: Any, depth: int = 0) -> dict[str, Any]:
        """The group's own."""
        if depth > _DEEPEST or not isinstance(group, h5py.Group):
            raise ValueError("its groups are not those of a graph")
        return {str(key): self._item(item, depth) for key, item in group.items()}

    def _item(self, item: Any, depth: int) -> Any:
        self._items += 1
        if self._items > _MOST_ITEMS:
            raise ValueError(f"it has more than {_MOST_ITEMS:,} entries")
        if not isinstance(item, h5py.Dataset):
            return self.of(item, depth + 1)
        self._bytes += (item.size or 0) * item.dtype.itemsize
        if self._bytes > _MOST_BYTES:
            raise ValueError(f"it claims more than {_MOST_BYTES:,} bytes")
        value = item[()]
        return value.decode("utf8") if isinstance(value, bytes) else value


def _check_kinds(content: Any, name: str, refusals: Refusals) -> None:
    kind = content.get("type") if isinstance(content, dict) else None
    if not isinstance(kind, str) or kind not in KNOWN:
        kind = kind if isinstance(kind, str) else "node of no kind"
        refusals.add(name or "the graph", f"is a {kind}", f"These are known: {', '.join(KNOWN)}")
    elif kind == "NIRGraph":
        content["type_check"] = False
        content.setdefault("edges", [])
        nodes = content.setdefault("nodes", {})
        for key, node in (nodes if isinstance(nodes, dict) else {}).items():
            _check_kinds(node, f"{name}/{key}".lstrip("/"), refusals)


def _short(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:120]}" if text else type(error).__name__
