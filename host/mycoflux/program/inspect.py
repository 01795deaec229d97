"""A program as text for a person, and as JSON-ready data for a machine."""

from __future__ import annotations

import dataclasses
from typing import Any

from mycoflux.program import sections
from mycoflux.program.tables import NAMES, table_format
from mycoflux.program.types import DECODERS, ENCODERS, Program, Projection


def as_dict(program: Program, image: bytes) -> dict[str, Any]:
    """Everything in the program but the single synapses, under stable keys."""
    return {
        "name": program.name,
        "image_bytes": len(image),
        "image_version": image[4],
        "crc32": f"{int.from_bytes(image[-4:], 'little'):08x}",
        "sections": _sections(program, image),
        "dt_us": program.dt_us,
        "neurons": program.neurons,
        "synapses": program.synapses,
        "ring_entries": program.accumulators,
        "populations": [
            {
                "name": p.name,
                "first": p.first,
                "size": p.size,
                "model": p.neuron.name,
                "bias": p.neuron.bias,
                "ring_depth": p.depth,
                **dataclasses.asdict(p.neuron),
            }
            for p in program.populations
        ],
        "sensors": [
            {"name": s.name, "encoder": ENCODERS[s.encoder], "channels": s.size, "rate": s.rate}
            for s in program.sensors
        ],
        "projections": [_projection(program, p) for p in program.projections],
        "actuators": [
            {
                "name": a.name,
                "decoder": DECODERS[a.decoder],
                "first": a.first,
                "size": a.size,
                "decay": a.decay,
                "gain": a.gain,
                "shift_before": a.before,
                "shift_after": a.after,
                "ceiling": a.ceiling,
            }
            for a in program.actuators
        ],
    }


def _sections(program: Program, image: bytes) -> list[dict[str, Any]]:
    tables = (
        f"{program.group_name(p.group)} -> {program.populations[p.target].name}" for p in program.projections
    )
    return [
        {"name": name, "at": section.at, "bytes": section.size, "crc32": f"{section.crc:08x}"}
        for name, section in zip((*sections.FIXED, *tables), sections.read(image) or (), strict=True)
    ]


def _projection(program: Program, p: Projection) -> dict[str, Any]:
    target = program.populations[p.target]
    return {
        "source": program.group_name(p.group),
        "target": target.name,
        "synapses": p.synapses,
        "delay": p.delay,
        "sign": p.sign,
        "shift": p.shift,
        "weight_min": int(p.weights.min()) if p.synapses else 0,
        "weight_max": int(p.weights.max(initial=0)),
        "table": NAMES[table_format(p)],
        "first_source": p.first,
        "sources": p.sources,
        "first_target": p.first_target,
        "targets": p.target_count,
        "hot": p.hot,
    }


def as_text(program: Program, image: bytes) -> str:
    """The same for a person: deterministic, one part a line."""
    data = as_dict(program, image)
    lines = [
        f"program '{data['name']}': {data['image_bytes']:,} bytes, CRC-32 {data['crc32']}, "
        f"tick {data['dt_us']:,} us",
        f"{data['neurons']:,} neurons, {data['synapses']:,} synapses, {data['ring_entries']:,} ring entries",
        "",
        "populations",
    ]
    for p in data["populations"]:
        lines.append(
            f"  {p['name']}: {p['size']} {p['model']} from neuron {p['first']}, du {p['du']}, dv {p['dv']}, "
            f"vth {p['vth']}, bias {p['bias_mant']}<<{p['bias_exp']}, ring {p['ring_depth']}"
        )
    lines += ["", "sensors"] if data["sensors"] else []
    for s in data["sensors"]:
        rate = f", {s['rate']}/4096 spikes a tick at full scale" if s["rate"] else ""
        lines.append(f"  {s['name']}: {s['channels']} channel(s), {s['encoder']}{rate}")
    lines += ["", "projections"] if data["projections"] else []
    for q in data["projections"]:
        sign = "+" if q["sign"] > 0 else "-"
        table = f"{q['table']}, hot" if q["hot"] else q["table"]
        lines.append(
            f"  {q['source']} -> {q['target']}: {q['synapses']} synapses, {table}, "
            f"{q['sources']} source(s) by {q['targets']} target(s), delay {q['delay']}, "
            f"weights {sign}{q['weight_min']}..{sign}{q['weight_max']}, shift {q['shift']}"
        )
    lines += ["", "actuators"] if data["actuators"] else []
    for a in data["actuators"]:
        lines.append(
            f"  {a['name']}: {a['decoder']} of neurons {a['first']}..{a['first'] + a['size'] - 1}, "
            f"decay {a['decay']}, ceiling {a['ceiling']}"
        )
    lines += ["", "sections"]
    for section in data["sections"]:
        lines.append(
            f"  {section['name']}: {section['bytes']:,} bytes from {section['at']:,}, "
            f"CRC-32 {section['crc32']}"
        )
    return "\n".join(lines)
