"""Meshes from files (`robot.toml`, docs/partition.md) and from shorthands such as `4xpico`."""

from __future__ import annotations

import dataclasses
import math
import re
from collections import Counter
from pathlib import Path
from types import MappingProxyType

from mycoflux.circuit.suggest import instead
from mycoflux.compiler.mesh import Edge, Mesh, Node
from mycoflux.errors import BoardFileError, MeshError
from mycoflux.link import board_file
from mycoflux.link.board_file import BoardFile
from mycoflux.link.toml_table import Table, read_toml

BAUD = 921_600  # what UARTs of all boards here reach, where a file says nothing
SHORTHAND = re.compile(r"(\d{1,4})x([\w-]+)")


def load_mesh(reference: str) -> Mesh:
    """The mesh of a file, or of a shorthand: `4xpico` is four Picos.

    Raises:
        MeshError: the file cannot be read or says something wrong; names the key.
    """
    short = SHORTHAND.fullmatch(reference)
    if not short and not Path(reference).exists():
        raise MeshError(
            "there is no such mesh file",
            where=reference,
            remedy="Check the path, or write 4xpico for four boards of a kind",
        )
    return _alike(int(short[1]), short[2], reference) if short else read_mesh(Path(reference))


def read_mesh(file: Path) -> Mesh:
    """The mesh that `file` describes.

    Raises:
        MeshError: see `load_mesh`.
    """
    top = read_toml(file, MeshError, "mesh file")
    boards = top.table("boards")
    kinds, nodes = {}, []
    for name in boards.names():
        entry = boards.table(name)
        kinds[name] = _kind(entry)
        nodes.append(_node(name, kinds[name], entry))
        entry.finish()
    edges = tuple(_edge(entry, kinds) for entry in top.tables("links"))
    ports = top.table("ports")
    pinned = {}
    for port in ports.names():
        pinned[port] = board = ports.text(port)
        if board not in kinds:
            ports.fail(port, f"is pinned to '{board}', which is no board", instead(board, kinds))
    balance = top.number("balance", least=1.0) if "balance" in top.names() else 0.0
    top.finish()
    mesh = Mesh(tuple(nodes), edges, MappingProxyType(pinned), balance, str(file))
    _check_serial_ports(mesh, kinds)
    return mesh


def _kind(entry: Table) -> BoardFile:
    name = entry.text("board")
    try:
        return board_file.load(name)
    except BoardFileError:
        entry.fail("board", f"is '{name}', which no board file describes", instead(name, board_file.names()))


def _node(name: str, kind: BoardFile, entry: Table) -> Node:
    if not name or not name.isprintable() or set(name) & set("/[]>@"):
        entry.fail("board", f"belongs to a board named {name!r}", "Use letters, digits, blanks and _ - .")
    given = entry.names()
    node = node_of(name, kind)
    heap = entry.whole("heap_kib", least=1) * 1024 if "heap_kib" in given else node.heap
    return dataclasses.replace(
        node,
        heap=heap,
        busy=entry.number("busy") if "busy" in given else node.busy,
        url=entry.text("url") if "url" in given else None,
    )


def node_of(name: str, kind: BoardFile) -> Node:
    """A board of a kind, with all of the memory that its board file gives it.

    Raises:
        BoardFileError: there is no runtime for it.
    """
    kind = board_file.with_runtime(kind, name)
    heap = kind.machine.heap if kind.machine is not None else kind.heap_kib * 1024
    return Node(name, kind.name, heap, machine=kind.machine, runtime=kind.runtime)


def _edge(entry: Table, kinds: dict[str, BoardFile]) -> Edge:
    a, b = entry.texts("boards", 2)
    for end in (a, b):
        if end not in kinds:
            entry.fail("boards", f"names '{end}', which is no board", instead(end, kinds))
    ports = entry.texts("ports", 2) if "ports" in entry.names() else ("", "")
    for board, port in zip((a, b), ports, strict=True):
        if port and port not in kinds[board].links:
            entry.fail(
                "ports",
                f"names '{port}', which a {kinds[board].name} has not",
                instead(port, kinds[board].links),
            )
    baud = entry.whole("baud", least=300) if "baud" in entry.names() else BAUD
    entry.finish()
    return Edge(a, b, baud, *ports)


def _check_serial_ports(mesh: Mesh, kinds: dict[str, BoardFile]) -> None:
    """A serial port joins two boards; a board has no more links than serial ports, if its file lists any."""
    taken = Counter((board, port) for e in mesh.edges for board, port in ((e.a, e.port_a), (e.b, e.port_b)))
    for (board, port), links in taken.items():
        if port and links > 1:
            raise MeshError(
                f"{links} links use the port '{port}' of '{board}'",
                where=mesh.where,
                remedy="Give each link a port of its own",
            )
    for node, near in zip(mesh.nodes, mesh.neighbours, strict=True):
        has = len(kinds[node.name].links)
        if has and len(near) > has:
            raise MeshError(
                f"'{node.name}' has {len(near)} links, a {node.kind} has {has} serial port(s) for them",
                where=mesh.where,
                remedy="Remove links, or join the boards by way of others",
            )


def _alike(count: int, kind_name: str, reference: str) -> Mesh:
    """So many boards of a kind: in a grid as square as can be if it has four links or more, else in a line.

    A kind whose board file lists no links, as emulated ones do, has as many as one likes.
    """
    if kind_name not in board_file.names():
        raise MeshError(
            f"no board is called '{kind_name}'",
            where=reference,
            remedy=instead(kind_name, board_file.names()),
        )
    if not count:
        raise MeshError("a mesh has a board at least", where=reference, remedy=f"Write 1x{kind_name}")
    kind = board_file.load(kind_name)
    width = count if 0 < len(kind.links) < 4 else math.isqrt(count - 1) + 1
    names = [f"{kind_name}{i}" for i in range(count)]
    pairs = [(i, i + 1) for i in range(count - 1) if (i + 1) % width]
    pairs += [(i, i + width) for i in range(count - width)]
    edges = tuple(Edge(names[a], names[b], BAUD) for a, b in pairs)
    return Mesh(tuple(node_of(name, kind) for name in names), edges, where=reference)
