"""Wrong circuits, kept as files, and what their authors are told: place, mistake, remedy.

Beside `name.yaml` or `name.py` stands `name.expected` with three lines: where, what, remedy. Further words
for `mycoflux build name.yaml` are in `name.args`, where there are any. To add one, write the circuit, run
`python -m tests.wrong.test_wrong name`, and read the message as somebody who meets it for the first time.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path

import pytest

from mycoflux.circuit import LIF, Circuit
from mycoflux.cli import app
from mycoflux.compiler.pipeline import compile_circuit
from mycoflux.errors import InvalidInput

HERE = Path(__file__).parent
FILES = sorted(
    f for f in HERE.iterdir() if f.suffix in (".yaml", ".py") and not f.name.startswith(("test_", "__"))
)


def told(circuit: Path) -> str:
    """What `mycoflux build` says of a circuit in this folder: where, what, remedy; a line each."""
    extra = circuit.with_suffix(".args")
    words = extra.read_text().split() if extra.exists() else []
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(SystemExit):
        os.chdir(circuit.parent)
        try:
            app(["build", circuit.name, "-o", f"{folder}/x.myco", *words], standalone_mode=False)
        except InvalidInput as error:
            return f"{error.where}\n{error.what}\n{error.remedy}\n"
        finally:
            os.chdir(before)
    return "it was compiled\n"


@pytest.mark.parametrize("circuit", FILES, ids=lambda file: file.name)
def test_a_wrong_circuit_is_told_where_what_and_what_to_do(circuit: Path) -> None:
    assert told(circuit) == circuit.with_suffix(".expected").read_text("utf-8")


def test_an_image_with_the_name_of_a_circuit_is_known_for_what_it_is(tmp_path: Path) -> None:
    circuit = Circuit("integers")
    circuit.population("a", 4, LIF())
    file = tmp_path / "image_as_circuit.yaml"
    file.write_bytes(compile_circuit(circuit).image)
    assert told(file).splitlines() == [
        "image_as_circuit.yaml",
        "this is a program image, not a circuit: it has integers only",
        "Give the circuit file that it was built from; `mycoflux inspect` shows an image",
    ]


def test_there_are_fifty_and_each_names_a_place_and_a_remedy() -> None:
    assert len(FILES) >= 50
    for file in FILES:
        where, what, remedy = file.with_suffix(".expected").read_text("utf-8").splitlines()
        assert where.startswith(file.stem) or "parts/" in where or where.startswith("--"), file.name
        assert what and remedy, file.name
    strangers = {f.stem for f in HERE.glob("*.expected")} - {f.stem for f in FILES}
    assert not strangers


if __name__ == "__main__":
    for name in sys.argv[1:]:
        chosen = next(f for f in FILES if f.stem == name)
        chosen.with_suffix(".expected").write_text(told(chosen), "utf-8")
        print(chosen.name, told(chosen), sep="\n")
