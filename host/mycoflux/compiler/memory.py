"""What a build leaves to the next of the same circuit: its scales, and its tables by what they were made of.

Scales that stay keep the tables of an edit's neighbours as they were (docs/decisions/007); tables that would
be the same are taken from the image before, not laid out and checked again (docs/incremental.md).
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from myco import layout
from mycoflux.compiler.scale import Scales
from mycoflux.errors import InvalidInput
from mycoflux.program import convolution, sections, tables
from mycoflux.program.convolution import pack_shape
from mycoflux.program.tables import Table, table_format, table_from_image
from mycoflux.program.types import Projection

SUFFIX = ".build.json"  # behind an image file's name: the file that holds its memory
_FORMAT = 1  # of what `remember` gives
_ENCODERS = (tables, convolution, layout)  # whose code decides the bytes of a table
_REMEDY = "Build without it; the build writes a new one"


@dataclass(frozen=True)
class Memory:
    """Of an earlier build."""

    scales: Scales = field(default_factory=Scales)
    tables: Mapping[str, Table] = field(default_factory=dict)  # by `digest`


def digest(projection: Projection) -> str:
    """What decides the bytes of a table: equal digests, equal tables.

    The code that lays tables out is part of it, so that no table of another version of it is ever used.
    """
    p, wanted = projection, table_format(projection)
    shape = f"{encoder()} {wanted} {p.sources} {p.first_target} {p.target_count}"
    hashed = hashlib.blake2b(shape.encode(), digest_size=16)
    if wanted == layout.TABLE_CONVOLUTION:
        assert p.shared is not None  # table_format chose it
        hashed.update(pack_shape(p.shared.shape) + p.shared.device_order())
    else:
        for numbers in (p.rows, p.targets, p.weights):
            hashed.update(np.ascontiguousarray(numbers, "<i8").data)
    return hashed.hexdigest()


@cache
def encoder() -> str:
    """The identity of the code that encodes tables: its files' bytes, which nobody can forget to count up."""
    hashed = hashlib.blake2b(digest_size=16)
    for module in _ENCODERS:
        code = Path(str(module.__file__)).read_bytes()
        hashed.update(len(code).to_bytes(8, "little") + code)
    return hashed.hexdigest()


def remember(image: bytes, scales: Scales, digests: Sequence[str]) -> bytes:
    """A file's contents for `recall`. digests: of the projections of `image`, in order."""
    data: dict[str, Any] = {
        "format": _FORMAT,
        "image_crc32": f"{int.from_bytes(image[-4:], 'little'):08x}",
        "scales": scales.as_dict(),
        "tables": list(digests),
    }
    return json.dumps(data | {"crc32": _checksum(data)}, indent=1).encode()


def recall(remembered: bytes, image: bytes) -> Memory:
    """What `remember` gave. Without its tables where `image` is another than that it was given.

    Raises:
        InvalidInput: it is damaged, or something else.
    """
    try:
        data = json.loads(remembered)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("it is no JSON", remedy=_REMEDY) from error
    if not isinstance(data, dict) or data.get("format") != _FORMAT:
        raise InvalidInput("it is not the memory of a build, or that of another version", remedy=_REMEDY)
    if data.pop("crc32", None) != _checksum(data):
        raise InvalidInput("its checksum is wrong: it has been changed", remedy=_REMEDY)
    digests = data.get("tables")
    if not isinstance(digests, list) or not all(isinstance(name, str) for name in digests):
        raise InvalidInput("it names no tables", remedy=_REMEDY)
    scales = Scales.from_dict(data.get("scales"))
    if len(image) < 4 or zlib.crc32(image[:-4]) != int.from_bytes(image[-4:], "little"):
        return Memory(scales)
    if data.get("image_crc32") != f"{int.from_bytes(image[-4:], 'little'):08x}":
        return Memory(scales)
    return Memory(scales, _tables(image, digests))


def _tables(image: bytes, digests: Sequence[str]) -> dict[str, Table]:
    header = layout.Header(image)
    found = sections.read(image)
    if found is None or image[4] != layout.VERSION or len(digests) != header.projections:
        return {}
    places = found[len(sections.FIXED) :]
    return {
        name: table_from_image(image, layout.projection(image, header, i), places[i])
        for i, name in enumerate(digests)
    }


def _checksum(data: Mapping[str, Any]) -> str:
    return f"{zlib.crc32(json.dumps(data, sort_keys=True).encode()):08x}"
