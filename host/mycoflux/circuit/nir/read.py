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


def read_graph(path: Path) -> Any:
    """The graph in a file, as written: NIR's own check of types is left to `sizes`, which tolerates more.

    Raises:
        CircuitError: no such file, not HDF5, cut short, no NIR in it, or nodes of unknown kinds (all named).
    """
    if not path.is_file():
        raise CircuitError("there is no such NIR file", where=str(path), remedy="Give the path of a NIR file")
    try:
        with h5py.File(path, "r") as file:
            content = nir.serialization.hdf2dict(file["node"])
    except (OSError, KeyError, ValueError, RuntimeError, UnicodeDecodeError, RecursionError) as error:
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
