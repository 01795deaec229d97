from __future__ import annotations

from pathlib import Path

import pytest

from mycoflux.cli.program import load_program
from mycoflux.errors import CircuitError
from mycoflux.program.image import write_image

CIRCUIT = """
from mycoflux.circuit import LIF, Circuit
circuit = Circuit("c")
circuit.population("a", 2, LIF())
"""


@pytest.mark.parametrize("name", ["robot.py.myco", "robot.pyx", "folder.py/robot.myco", "robot.python:1"])
def test_a_file_is_a_circuit_by_its_suffix_alone(name: str, tmp_path: Path) -> None:
    file = tmp_path / "robot.py"
    file.write_text(CIRCUIT)
    build = load_program(str(file))
    assert load_program(f"{file}:circuit") == build
    with pytest.raises(CircuitError, match="no circuit 'other'"):
        load_program(f"{file}:other")
    image = tmp_path / "images" / name
    image.parent.mkdir(parents=True)
    write_image(build.image, image)
    assert load_program(str(image)).image == build.image
