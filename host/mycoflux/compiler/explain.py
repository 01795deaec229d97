"""Where everything of a mesh build went, and why: as JSON-ready data, and as text.

`traffic` counts expected spikes a tick times the links that they pass.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mycoflux.compiler.arrangement import RESOURCES, Layout, Terms
from mycoflux.compiler.capacity import held
from mycoflux.compiler.nets import traffic
from mycoflux.compiler.place import aimed
from mycoflux.compiler.spread import Spread
from mycoflux.compiler.weigh import Floats
from mycoflux.program.mesh import Bond, Share

LISTED = 40  # cells, above which the text gives boards only


def as_dict(made: Spread) -> dict[str, Any]:
    """All of it, under stable keys."""
    return {
        "name": made.program.whole.name,
        "neurons": made.program.whole.neurons,
        "synapses": made.program.whole.synapses,
        "dt_us": made.program.whole.dt_us,
        "traffic": _traffic(made),
        "balance": balance(made),
        "boards": boards(made),
        "idle": [node.name for node in made.mesh.nodes if node.name not in made.program.boards],
        "cells": _cells(made),
        "ports": ports(made),
        "bonds": [_bond(made, bond) for bond in made.program.bonds],
        "links": _links(made),
        "stretched": [
            {"projection": s.projection, "ticks_before": s.before, "ticks": s.after} for s in made.stretched
        ],
        "kept_whole": [
            {"part": r.part, "why": r.why, "units": r.units} for r in dict.fromkeys(made.groups.reasons)
        ],
    }


def _traffic(made: Spread) -> dict[str, float]:
    boards = len(made.mesh.nodes)
    rest = np.arange(made.numbers.units) % boards
    return {
        "placed": traffic(made.circuit, made.numbers, made.board_of, made.mesh.hops),
        "round_robin": traffic(made.circuit, made.numbers, rest, made.mesh.hops),
    }


def balance(made: Spread) -> dict[str, Any]:
    """The board that has most of an even share of what cells take: how many times, and how many were asked.

    Of memory or work, whichever is more. asked: None where none was. why: what to say where it is more than
    asked, else "".
    """
    need = np.stack((made.cells.bytes, made.cells.work), axis=1)
    on = np.zeros((len(made.mesh.nodes), 2))
    np.add.at(on, made.placement.board, need)
    even = np.maximum(need.sum(axis=0), 1e-300) / len(made.mesh.nodes)
    shares = (on / even).max(axis=1)
    board, asked, why = int(np.argmax(shares)), made.mesh.balance, ""
    if asked and shares[board] > asked * (1 + 1e-9):
        why = _uneven(made, need / even, even)
    return {
        "board": made.mesh.nodes[board].name,
        "times": float(shares[board]),
        "asked": asked or None,
        "why": why,
    }


def _uneven(made: Spread, cells: Floats, even: Floats) -> str:
    """Why no board could take more from the fullest. cells: (cells, 2) in even shares; even: (2,) of each."""
    if cells.max() > made.mesh.balance:
        return f"a cell is more, and kept whole{held(made.mesh, made.circuit)}"
    small = np.flatnonzero((made.capacity[:, :2] < even).any(axis=1))
    names = [f"'{made.mesh.nodes[board].name}'" for board in small.tolist()]
    if names:
        return f"{', '.join(names)} cannot take an even share of memory and work"
    return "cells and boards do not divide more evenly"


def boards(made: Spread) -> list[dict[str, Any]]:
    """What is on each board that has anything, and what that takes of it."""
    return [_board(made, i, share) for i, share in enumerate(made.program.shares)]


def _board(made: Spread, row: int, share: Share) -> dict[str, Any]:
    node = made.mesh.nodes[made.mesh.index[share.board]]
    capacity, machine = made.capacity[made.mesh.index[share.board]], node.machine
    return {
        "board": share.board,
        "kind": node.kind,
        "cells": int((made.placement.board == made.mesh.index[share.board]).sum()),
        "populations": {p.name: p.size for p in share.program.populations},
        "neurons": share.program.neurons,
        "channels": share.program.channels,
        "synapses": share.program.synapses,
        "tick_us": float(made.use[row, 1]) / machine.per_us if machine is not None else None,
        "measured": sorted(machine.measured) if machine is not None else [],
        **{
            resource: {
                "used": float(made.use[row, i]),
                "of": float(capacity[i]) if np.isfinite(capacity[i]) else None,
            }
            for i, resource in enumerate(RESOURCES)
        },
    }


def _cells(made: Spread) -> list[dict[str, Any]]:
    """Each cell: what is in it, where it is, what it would cost on the next best board."""
    nodes = made.mesh.nodes
    room = aimed(made.mesh, made.cells.need, made.placement.capacity)
    hops = made.mesh.hops
    terms = Terms(made.cells, made.nets, hops.astype(np.float64), hops, room, made.mesh.small)
    layout = Layout(terms, made.placement.board)
    told = []
    members = _members(made)
    for cell, board in enumerate(made.placement.board.tolist()):
        entry = {"cell": cell, "board": nodes[board].name, "parts": members[cell]}
        if cell in made.cells.pins:
            entry["pinned"] = True
        elif len(nodes) > 1:
            pull, overload = layout.moves(cell)
            change = pull + overload
            change[board] = np.inf
            best = int(np.argmin(change))
            entry["next_best"] = {"board": nodes[best].name, "traffic": float(pull[best])}
            entry["next_best"]["fits"] = bool(overload[best] <= 0)
        told.append(entry)
    return told


def _members(made: Spread) -> list[dict[str, int]]:
    """Of each cell, how many units of which part."""
    parts = made.circuit.sources
    of_unit = np.concatenate(
        (made.numbers.population, len(made.circuit.populations) + np.arange(len(made.circuit.sensors)))
    )
    pairs, counts = np.unique(made.cells.of * len(parts) + of_unit, return_counts=True)
    members: list[dict[str, int]] = [{} for _ in range(made.cells.count)]
    for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
        members[pair // len(parts)][parts[pair % len(parts)].name] = count
    return members


def ports(made: Spread) -> list[dict[str, Any]]:
    """Where each sensor and actuator is, and whether it was pinned there."""
    units = {s.name: made.numbers.neurons + i for i, s in enumerate(made.circuit.sensors)}
    units |= {a.name: made.numbers.first[a.source] for a in made.circuit.actuators}
    return [
        {
            "port": port,
            "board": made.mesh.nodes[int(made.board_of[unit])].name,
            "pinned": port in made.mesh.ports,
        }
        for port, unit in units.items()
    ]


def _bond(made: Spread, bond: Bond) -> dict[str, Any]:
    """delay_left: ticks that the shortest delay over it has to spare."""
    share = made.program.share(bond.target)
    groups = {s.name: len(share.program.populations) + i for i, s in enumerate(share.program.sensors)}
    left = [p.delay for p in share.program.projections if p.group == groups[bond.name]]
    return {
        "bond": bond.name,
        "from": bond.source,
        "to": bond.target,
        "path": list(bond.path),
        "latency": bond.latency,
        "delay_left": min(left),
        "channels": len(bond.sources),
        "carries": "values" if bond.values else "spikes",
        "spikes_a_tick": float(made.numbers.rates[made.program.whole_sources(bond)].sum()),
    }


def _links(made: Spread) -> list[dict[str, Any]]:
    nodes = made.mesh.nodes
    return [
        {
            "from": nodes[load.source].name,
            "to": nodes[load.target].name,
            "baud": made.mesh.edges[load.edge].baud,
            "expected_bytes": load.expected,
            "most_bytes": load.most,
            "bytes_that_pass": load.passes,
            "ticks": load.ticks,
            "never_late": load.sure,
        }
        for _, load in sorted(made.routes.loads.items())
    ]


def as_text(made: Spread) -> str:
    """The same for a person: deterministic."""
    data = as_dict(made)
    lines = [
        f"'{data['name']}': {data['neurons']:,} neurons, {data['synapses']:,} synapses in "
        f"{len(data['cells'])} cell(s) on {len(data['boards'])} of {len(made.mesh.nodes)} board(s)",
        _traffic_line(data["traffic"]),
    ]
    if data["balance"]["asked"]:
        lines.append(balance_line(data["balance"]))
    for board in data["boards"]:
        lines += ["", *_board_lines(board, data)]
    if data["idle"]:
        lines += ["", f"nothing on: {', '.join(data['idle'])}"]
    sections = {
        "bonds": [_bond_line(bond) for bond in data["bonds"]],
        "links": [_link_line(link) for link in data["links"] if link["most_bytes"]],
        "stretched": [
            f"{s['projection']}: {s['ticks_before']} -> {s['ticks']} ticks" for s in data["stretched"]
        ],
        "kept whole": [f"{r['part']}, {r['units']:,} unit(s): {r['why']}" for r in data["kept_whole"]],
    }
    for title, rows in sections.items():
        lines += ["", title, *(f"  {row}" for row in rows)] if rows else []
    return "\n".join(lines)


def _traffic_line(told: dict[str, float]) -> str:
    line = f"traffic, spikes a tick times links: {told['placed']:,.3f}"
    if told["placed"]:
        other = told["round_robin"]
        line += f"; round-robin would be {other:,.3f}, {other / told['placed']:,.1f} times"
    return line


def balance_line(told: dict[str, Any]) -> str:
    """How far from balanced the boards are, where a balance was asked."""
    line = f"balance: '{told['board']}' has {told['times']:.2f} times an even share, {told['asked']:g} asked"
    return f"{line}: {told['why']}" if told["why"] else line


def _board_lines(board: dict[str, Any], data: dict[str, Any]) -> list[str]:
    lines = [
        f"board {board['board']} ({board['kind']}): {board['cells']} cell(s), {board['neurons']:,} neurons, "
        f"{board['channels']:,} channels, {board['synapses']:,} synapses"
    ]
    lines += _use_lines(board, data["dt_us"])
    lines += [f"  population {name}: {size:,}" for name, size in board["populations"].items()]
    for port in data["ports"]:
        if port["board"] == board["board"]:
            lines.append(
                f"  port {port['port']}: {'pinned' if port['pinned'] else 'not pinned, placed freely'}"
            )
    if len(data["cells"]) <= LISTED:
        lines += [_cell_line(cell) for cell in data["cells"] if cell["board"] == board["board"]]
    return lines


def _use_lines(board: dict[str, Any], dt_us: int) -> list[str]:
    """Memory and time of a board; what was not measured on that kind of board is an estimate, and told so."""
    memory, time, lines = board["memory"], board["time"], []
    if memory["of"]:
        part = memory["used"] / memory["of"]
        line = f"  memory: {memory['used']:,.0f} of {memory['of']:,.0f} bytes ({part:.0%})"
        lines.append(line + _estimated(board, {"memory"}))
    if board["tick_us"] is not None:
        line = f"  a typical tick: {time['used']:,.0f} instructions, {board['tick_us']:,.0f} of {dt_us:,} us"
        line += f", {time['used'] / time['of']:.0%} of what it may take" if time["of"] else ""
        lines.append(line + _estimated(board, {"instructions", "speed"}))
    return lines


def _estimated(board: dict[str, Any], figures: set[str]) -> str:
    return "" if figures <= set(board["measured"]) else " (estimate)"


def _cell_line(cell: dict[str, Any]) -> str:
    parts = ", ".join(f"{count:,} of {name}" for name, count in cell["parts"].items())
    if cell.get("pinned"):
        why = "pinned by its port"
    elif "next_best" in cell:
        best = cell["next_best"]
        why = f"on '{best['board']}' the traffic would be {best['traffic']:+,.3f}"
        why += "" if best["fits"] else ", and it would not fit"
    else:
        why = "the only board"
    return f"  cell {cell['cell']}: {parts}; {why}"


def _bond_line(bond: dict[str, Any]) -> str:
    return (
        f"{bond['bond']} to {bond['to']}: {bond['channels']:,} channel(s) of {bond['carries']}, "
        f"{bond['spikes_a_tick']:,.3f} a tick, by {' - '.join(bond['path'])}, latency {bond['latency']}, "
        f"{bond['delay_left']} tick(s) to spare"
    )


def _link_line(link: dict[str, Any]) -> str:
    late = "nothing can be late" if link["never_late"] else "late if all spike in many ticks on end"
    return (
        f"{link['from']} to {link['to']}: {link['expected_bytes']:,.1f} bytes a tick expected, "
        f"{link['most_bytes']:,.0f} if all spike at once, {link['bytes_that_pass']:,.1f} pass; "
        f"{link['ticks']} tick(s); {late}"
    )
