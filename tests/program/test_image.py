from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myco import layout, models, wire
from myco.engine import Engine
from mycoflux.compiler.emit import emit
from mycoflux.compiler.integer import IntegerCircuit, IntegerPopulation
from mycoflux.errors import ImageError, InvalidInput
from mycoflux.program import sections
from mycoflux.program.image import decode, encode, read_image, write_image
from mycoflux.program.inspect import as_dict, as_text
from mycoflux.program.neurons import GeneralLif, Lif
from mycoflux.program.types import Actuator, Population, Program
from tests.programs import random_program


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_what_is_encoded_decodes_to_the_same_program(seed: int) -> None:
    program = random_program(seed, max_size=12)
    image = encode(program)
    assert decode(image) == program
    assert encode(decode(image)) == image
    data = as_dict(program, image)
    assert data["synapses"] == program.synapses
    for section, shown in zip(sections.read(image), data["sections"], strict=True):
        assert (section.at, section.size) == (shown["at"], shown["bytes"])
    for population in program.populations:
        assert population.name in as_text(program, image)


def test_records_have_the_sizes_stated() -> None:
    for name in ("HEADER", "POPULATION", "SENSOR", "PROJECTION", "ACTUATOR"):
        assert struct.calcsize(getattr(layout, f"{name}_FORMAT")) == getattr(layout, f"{name}_SIZE")
        assert getattr(layout, f"{name}_SIZE") % layout.ALIGN == 0


@pytest.mark.parametrize("module", [layout, models, wire])
def test_formats_use_nothing_that_old_micropython_lacks(module: object) -> None:
    """struct of MicroPython before 1.21 has no pad bytes, and none has native sizes on the wire."""
    formats = {name: value for name, value in vars(module).items() if name.endswith("_FORMAT")}
    assert len(formats) >= 4
    for name, text in formats.items():
        assert text[0] == "<" and not set(text[1:]) - set("BHIbhis0123456789"), name


def refused(image: bytes) -> None:
    """Both the host and the device must refuse these bytes, with their own typed errors."""
    with pytest.raises(ImageError):
        decode(image)
    with pytest.raises(layout.BadImage):
        Engine(bytearray(image))


def test_every_truncation_is_refused() -> None:
    image = encode(random_program(3))
    for size in range(len(image)):
        refused(image[:size])
    refused(image + b"\0")


def test_every_flipped_bit_is_refused() -> None:
    image = encode(random_program(3))
    for at in range(len(image)):
        for bit in range(8):
            broken = bytearray(image)
            broken[at] ^= 1 << bit
            refused(bytes(broken))


@pytest.mark.parametrize(
    "foreign", [b"", b"\x7fELF" + bytes(200), b"PK\3\4" + bytes(500), bytes(range(256)) * 4]
)
def test_foreign_files_are_refused(foreign: bytes) -> None:
    refused(foreign)


@pytest.mark.parametrize("decoder", [layout.DECODE_WINNER, layout.DECODE_STRONGEST])
def test_an_index_beyond_an_outputs_range_is_refused(decoder: int) -> None:
    for size, sound in ((32768, True), (32769, False)):
        population = Population("p", 0, size, Lif(), 1, 0)
        actuator = Actuator("a", decoder, 0, size, 4096, 0, 0, 0, 0, 0)
        image = encode(Program("wide", 1000, (population,), (), (), (actuator,)))
        if sound:
            decode(image)
        else:
            refused(image)


def test_files_are_written_whole_or_not_at_all(tmp_path) -> None:
    image = encode(random_program(1))
    path = tmp_path / "p.myco"
    write_image(image, path)
    assert read_image(path) == image
    with pytest.raises(InvalidInput, match="cannot be written"):
        write_image(image, tmp_path / "no" / "p.myco")
    with pytest.raises(ImageError, match="cannot be read"):
        read_image(tmp_path / "none.myco")
    assert [p.name for p in tmp_path.iterdir()] == ["p.myco"]


def test_a_bias_out_of_its_range_is_refused() -> None:
    lif = GeneralLif(biases=(4095, -4096), vth=100)
    circuit = IntegerCircuit("b", 1000, (IntegerPopulation("p", 2, lif, 1.0, ""),), (), (), ())
    assert decode(encode(emit(circuit)))
    for wrong in (4096, -4097, 32767, -32768):
        population = IntegerPopulation("p", 2, GeneralLif(biases=(0, wrong), vth=100), 1.0, "")
        with pytest.raises(ImageError):
            decode(encode(emit(IntegerCircuit("b", 1000, (population,), (), (), ()))))
