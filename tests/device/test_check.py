"""The two image checks, Python's and the smallest runtime's, hold each other."""

from __future__ import annotations

import struct
from collections import Counter

import pytest

from myco import check, layout
from mycoflux.program.image import encode
from mycoflux.program.neurons import Lif
from mycoflux.program.types import Actuator, Population, Program, Sensor
from tests.forging import forged, sealed
from tests.native import nano_check
from tests.programs import ALL_MODELS, random_program
from tests.tables import table_program


def full_check(image: bytes) -> int:
    try:
        check.check(image)
    except layout.BadImage as error:
        return error.code
    return 0


def agree(image: bytes) -> tuple[int, int]:
    """What both say; the small runtime may lack something, and there is nothing else to differ in."""
    full, nano = full_check(image), nano_check()(image)
    assert nano in (full, layout.IMAGE_UNSUPPORTED), (full, nano, image.hex())
    return full, nano


def test_both_checks_say_the_same_of_forged_images() -> None:
    said = Counter(
        agree(image)
        for seed in range(150)
        for image in forged(encode(random_program(seed, max_size=9, max_delay=9)), seed, 60, most=2)
    )
    accepted, refused = said[0, 0], said[layout.IMAGE_RECORD, layout.IMAGE_RECORD]
    lacking = sum(n for (_, nano), n in said.items() if nano == layout.IMAGE_UNSUPPORTED)
    assert accepted > 1000 and refused > 1000 and lacking > 50, said
    assert set(said) <= {(0, 0), (5, 5), (6, 6), (7, 7), (0, 7), (6, 7)}, said


def test_both_checks_say_the_same_of_damage_before_the_checksum() -> None:
    image = encode(random_program(3))
    for at in range(layout.HEADER_SIZE):
        for bit in range(8):
            body = bytearray(image)
            body[at] ^= 1 << bit
            agree(bytes(body))
            agree(sealed(body[:-4]))
    for size in range(len(image)):
        full, nano = agree(image[:size])
        assert full and nano


def test_what_only_the_full_runtime_has_is_unsupported() -> None:
    for model in ALL_MODELS[1:]:
        image = encode(random_program(1, models=(model,)))
        assert agree(image) == (0, layout.IMAGE_UNSUPPORTED)


def plain(seed: int = 0) -> tuple[bytearray, layout.Header]:
    image = encode(random_program(seed, max_size=5, max_delay=5))
    return bytearray(image[:-4]), layout.Header(image)


def with_table(table: int) -> tuple[bytearray, layout.Header, int, tuple[int, ...]]:
    """An image with a projection of that table and two targets, or synapses in its first row; its record's
    offset, and its record.
    """
    for seed in range(3000):
        body, header = plain(seed)
        for i in range(header.projections):
            record = layout.projection(body, header, i)
            if (
                record[0] & layout.TABLE_MASK == table
                and record[9] >= 2
                and (table == layout.TABLE_DENSE or struct.unpack_from("<H", body, record[10] + 2)[0] >= 2)
            ):
                return body, header, header.projections_at + i * layout.PROJECTION_SIZE, record
    raise AssertionError("no such program was drawn")


def refused_by_both(body: bytearray) -> None:
    assert agree(sealed(body)) == (layout.IMAGE_RECORD, layout.IMAGE_RECORD)


def test_decay_of_v_may_be_whole_and_no_more() -> None:
    body, header = plain()
    struct.pack_into("<H", body, header.populations_at + 6, 4096)
    assert agree(sealed(body)) == (0, 0)
    struct.pack_into("<H", body, header.populations_at + 6, 4097)
    refused_by_both(body)


def test_a_tables_sources_are_its_groups() -> None:
    body, _, at, record = with_table(layout.TABLE_DENSE)
    for first, sources in ((record[4] - 1, record[5]), (record[4] + 1, record[5]), (record[4], 0)):
        struct.pack_into("<HH", body, at + 4, first & 0xFFFF, sources)
        refused_by_both(body)


def test_only_readings_are_shifted_far() -> None:
    seen = set()
    for seed in range(40):
        body, header = plain(seed)
        for i in range(header.projections):
            group = layout.projection(body, header, i)[7]
            reading = group >= header.populations
            reading = reading and layout.sensor(body, header, group - header.populations)[0] == 1
            for shift, sound in ((7, True), (8, reading), (20, reading), (21, False)):
                changed = bytearray(body)
                changed[header.projections_at + i * layout.PROJECTION_SIZE + 1] = shift
                assert agree(sealed(changed)) == ((0, 0) if sound else (6, 6))
            seen.add(reading)
    assert seen == {True, False}


@pytest.mark.parametrize("targets", [(1, 0), (1, 1)])
def test_targets_ascend_in_a_row(targets: tuple[int, int]) -> None:
    body, _, _, record = with_table(layout.TABLE_PACKED)
    at = record[12]
    body[at], body[at + 2] = targets
    refused_by_both(body)


def test_rows_begin_at_nothing() -> None:
    body, _, _, record = with_table(layout.TABLE_PACKED)
    body[record[10]] = 1
    refused_by_both(body)


def test_a_block_of_targets_is_its_populations() -> None:
    body, header, at, record = with_table(layout.TABLE_DENSE)
    first, targets = record[8:10]
    size = layout.population(body, header, record[6])[1]
    fewer, none = (first, targets - 1), (first, 0)
    for block, sound in ((fewer, True), (none, False), ((size - targets + 1, targets), False)):
        struct.pack_into("<HH", body, at + 12, *block)
        assert agree(sealed(body)) == ((0, 0) if sound else (6, 6))
    struct.pack_into("<HH", body, at + 12, 0xFFFF, targets)  # counted in more than 16 bits
    refused_by_both(body)


@pytest.mark.parametrize("table", [layout.TABLE_DENSE, layout.TABLE_PACKED])
def test_tables_lie_on_their_alignment(table: int) -> None:
    body, _, at, record = with_table(table)
    for part in range(3):
        changed = bytearray(body)
        struct.pack_into("<I", changed, at + 16 + 4 * part, record[10 + part] + 2)
        refused_by_both(changed)


def of_all_formats() -> tuple[bytearray, list[tuple[int, tuple[int, ...]]]]:
    """An image, and of each of its projections the record's offset and the record."""
    image = encode(table_program(1))
    header = layout.Header(image)
    at = header.projections_at
    records = [layout.projection(image, header, i) for i in range(header.projections)]
    return bytearray(image[:-4]), [(at + i * layout.PROJECTION_SIZE, r) for i, r in enumerate(records)]


def test_every_format_passes_hot_or_not_and_no_other() -> None:
    body, records = of_all_formats()
    seen = set()
    for at, record in records:
        kind = record[0] & layout.TABLE_MASK
        seen.add(kind)
        for value in range(256):
            changed = bytearray(body)
            changed[at] = value
            full, nano = agree(sealed(changed))
            if value & layout.TABLE_MASK == kind:
                assert (full, nano) == (0, 0)
            known = value & layout.TABLE_MASK in (1, 3, 5) or value == layout.TABLE_CONVOLUTION
            assert known == (full != layout.IMAGE_UNSUPPORTED), (kind, value)
    assert seen == {layout.TABLE_DENSE, layout.TABLE_SPARSE_16, layout.TABLE_PACKED}


def test_what_is_between_dense_rows_is_nothing() -> None:
    body, records = of_all_formats()
    padded = 0
    for _, record in records:
        sources, targets, at = record[5], record[9], record[12]
        stride = layout.stride(targets)
        if record[0] & layout.TABLE_MASK == layout.TABLE_DENSE and stride != targets:
            padded += 1
            for row in (0, sources - 1):
                for i in range(targets, stride):
                    changed = bytearray(body)
                    changed[at + row * stride + i] = 1
                    refused_by_both(changed)
    assert padded


def test_a_packed_table_has_no_more_targets_than_a_byte_tells_apart() -> None:
    body, records = of_all_formats()
    at, record = next(
        (at, r)
        for at, r in records
        if r[0] & layout.TABLE_MASK == layout.TABLE_PACKED and r[8:10] == (0, 256)
    )
    struct.pack_into("<H", body, at + 14, 257)
    refused_by_both(body)
    assert layout.population(body, layout.Header(body), record[6])[1] > 257  # its population has as many


def test_there_is_something_to_run() -> None:
    body, _ = plain()
    struct.pack_into("<I", body, 12, 0)  # dt
    refused_by_both(body)
    empty = struct.pack(
        layout.HEADER_FORMAT, layout.MAGIC, layout.VERSION, 0, layout.HEADER_SIZE,
        layout.HEADER_SIZE + 4, 1000, *bytes(8), *[layout.HEADER_SIZE] * 5,
    )  # fmt: skip
    refused_by_both(bytearray(empty))


def test_records_lie_on_their_alignment() -> None:
    body, header = plain()
    struct.pack_into("<I", body, 36, header.populations_at + 2)
    refused_by_both(body)


def test_sources_are_counted_in_16_bits() -> None:
    def program(channels: int) -> Program:
        population = Population("p", 0, 60_000, Lif(), 1, 0)
        return Program("wide", 1, (population,), (Sensor("s", 3, 0, channels, 0),), (), ())

    assert agree(encode(program(5535))) == (0, 0)
    assert agree(encode(program(5536))) == (6, 6)


@pytest.mark.parametrize(
    ("kind", "size", "decay", "before", "gain", "sound"),
    [
        (layout.DECODE_LEVEL, 1, 0, 4, 1, False),
        (layout.DECODE_LEVEL, 63, 1, 4, 1, True),
        (layout.DECODE_LEVEL, 64, 1, 4, 1, False),  # the trace would reach 2^30
        (layout.DECODE_LEVEL, 64, 4096, 8, 16383, True),
        (layout.DECODE_LEVEL, 64, 1024, 0, 1024, False),  # 2^20 * 2^10
        (layout.DECODE_LEVEL, 64, 1024, 1, 1024, True),
        (layout.DECODE_LEVEL, 0, 4096, 4, 1, False),
        (layout.DECODE_WINNER, 64, 1, 0, 0, True),
        (layout.DECODE_WINNER, 64, 0, 0, 0, False),
        (layout.DECODE_POTENTIAL, 1, 4096, 7, 16383, True),
        (layout.DECODE_POTENTIAL, 1, 4096, 6, 16383, False),
        (layout.DECODE_POTENTIAL, 2, 4096, 7, 1, False),
        (layout.DECODE_STRONGEST, 0, 4096, 0, 0, False),
    ],
)
def test_decoders_stay_in_31_bits(
    kind: int, size: int, decay: int, before: int, gain: int, sound: bool
) -> None:
    population = Population("p", 0, 64, Lif(vth=0, bias_mant=1), 1, 0)
    actuator = Actuator("a", kind, 0, size, decay, before, gain, 0, 32767, 0)
    image = encode(Program("decoded", 1000, (population,), (), (), (actuator,)))
    full, _ = agree(image)
    assert full == (0 if sound else layout.IMAGE_RECORD)
