"""Law 1 for the viper kernel: it equals the bytecode kernel tick by tick, on 64 and on 32 bits."""

from __future__ import annotations

import re

import pytest
from firmware_tools import build_viper, make_probe

from myco import kernel as bytecode
from myco import layout, models, probe
from mycoflux.circuit import LIF, Circuit, Random, Rate, RateToPwm
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.program.tables import table_format
from tests.device.kernel_runs import TARGETS, Run, Target, on_bytecode, on_kernel
from tests.programs import ALL_MODELS, random_inputs, random_program

MARKS = {"virtual": pytest.mark.virtual, "armv7": pytest.mark.armv7}
on_every_target = pytest.mark.parametrize(
    "target", [pytest.param(t, id=f"{t.board}-{t.arch}", marks=MARKS[t.board]) for t in TARGETS]
)


def random_runs(seeds: range, max_size: int, ticks: int, proven: bool = True) -> list[Run]:
    """Programs that have a sensor, of every model."""
    drawn = [(random_program(s, max_size=max_size, models=ALL_MODELS, proven=proven), s) for s in seeds]
    return [(p, random_inputs(s, p.channels, ticks)) for p, s in drawn if p.channels]


def sized(sources: int, targets: int, probability: float) -> Run:
    """One table of a size, driven hard, with an inhibitory one of another delay back."""
    circuit = Circuit("sized")
    light = circuit.sensor("light", Rate(900.0), sources)
    cells = circuit.population("cells", targets, LIF(tau_m_s=0.02, tau_syn_s=0.005, threshold_v=0.2))
    some = Random(probability, seed=sources + targets)
    circuit.connect(light, cells, weight_v=0.05, pattern=some)
    circuit.connect(cells, light_free(circuit, sources), weight_v=-0.02, pattern=some, delay_s=0.003)
    circuit.actuator("out", cells, RateToPwm(full_rate_hz=200.0))
    program = compile_circuit(circuit).program
    return program, random_inputs(sources, program.channels, 30)


def light_free(circuit: Circuit, size: int):
    """A population that only listens."""
    return circuit.population("listeners", size, LIF())


SIZES = ((3, 1), (5, 7), (4, 8), (6, 9), (7, 25), (5, 31), (9, 32), (8, 33), (3, 100), (12, 300), (2, 700))


@on_every_target
def test_random_programs_are_equal(target: Target) -> None:
    runs = random_runs(range(150), 6, 30) + random_runs(range(150, 190), 6, 30, proven=False)
    assert on_kernel(runs, target, "viper") == on_bytecode(runs)


@on_every_target
def test_tables_of_every_format_and_row_length_are_equal(target: Target) -> None:
    """Rows around what the loops do at once, blocks of a wide population, padded rows."""
    runs = [sized(sources, targets, p) for sources, targets in SIZES for p in (0.05, 0.4, 1.0)]
    formats = {table_format(q) for program, _ in runs for q in program.projections}
    assert {layout.TABLE_DENSE, layout.TABLE_PACKED} <= formats
    assert on_kernel(runs, target, "viper") == on_bytecode(runs)


def test_what_is_built_is_what_the_sources_give() -> None:
    assert build_viper.RECORD.read_text().split() == [build_viper.sources_hash()], (
        "run python -m firmware_tools.build_viper"
    )
    for arch in build_viper.ARCHS:
        assert (build_viper.BUILT / f"viper-{arch}.mpy").read_bytes() == build_viper.build(arch), arch


def test_the_offsets_are_those_of_the_layout() -> None:
    """Every field of the records that the kernel reads, by writing a 1 there and looking where it is."""
    said = dict(re.findall(r"^(_\w+) = const\((\d+)\)", build_viper.joined(), re.MULTILINE))
    offsets = {name: int(value) for name, value in said.items()}

    def at(name: str) -> int:
        return offsets[name] * {"_H": 2, "_I": 4}.get(name[-2:], 1)

    population, projection = layout.POPULATION_FORMAT, layout.PROJECTION_FORMAT
    for form, field, name in (
        (population, 2, "_DU_H"),
        (population, 3, "_DV_H"),
        (population, 4, "_VTH_I"),
        (population, 5, "_BIAS_H"),
        (population, 6, "_BIAS_EXP"),
        (population, 7, "_DEPTH"),
        (population, 8, "_RING_I"),
        (population, 9, "_MODEL"),
        (population, 10, "_RECEPTORS"),
        (population, 11, "_PARAMS_H"),
        (projection, 1, "_SHIFT"),
        (projection, 2, "_ARRIVAL"),
        (projection, 3, "_SIGN"),
        (projection, 4, "_FIRST_H"),
        (projection, 5, "_SOURCES_H"),
        (projection, 6, "_TARGET_H"),
        (projection, 7, "_GROUP_H"),
        (projection, 8, "_BEGIN_H"),
        (projection, 9, "_SIZE_H"),
        (projection, 10, "_ROWS_I"),
        (projection, 11, "_TARGETS_I"),
        (projection, 12, "_WEIGHTS_I"),
    ):
        assert at(name) == offset(form, field), name
    for name, value in (
        ("_POPULATION", layout.POPULATION_SIZE),
        ("_PROJECTION", layout.PROJECTION_SIZE),
        ("_SENSOR", layout.SENSOR_SIZE),
        ("_ACTUATOR", layout.ACTUATOR_SIZE),
        ("_LIF", layout.MODEL_LIF),
        ("_GENERAL_LIF", layout.MODEL_GENERAL_LIF),
        ("_DENSE", layout.TABLE_DENSE),
        ("_PACKED", layout.TABLE_PACKED),
        ("_CONVOLUTION", layout.TABLE_CONVOLUTION),
        ("_TABLE_MASK", layout.TABLE_MASK),
        ("_STRIDE_MIN", layout.STRIDE_MIN),
        ("_RATE", layout.ENCODE_RATE),
        ("_WINNER", layout.DECODE_WINNER),
        ("_POTENTIAL", layout.DECODE_POTENTIAL),
        ("_STRONGEST", layout.DECODE_STRONGEST),
        ("_RESET_BY_SUBTRACTION", models.RESET_BY_SUBTRACTION),
        ("_RESET_NEVER", models.RESET_NEVER),
    ):
        assert offsets[name] == value, name


def offset(form: str, field: int) -> int:
    """Where field number `field` of a struct format begins."""
    import struct

    return struct.calcsize("<" + form.replace("<", "")[:field])


def test_the_probe_is_what_its_circuit_gives() -> None:
    assert make_probe.FILE.read_text() == make_probe.text(), "run python -m firmware_tools.make_probe"
    assert probe.digest(bytecode) == probe.DIGEST
