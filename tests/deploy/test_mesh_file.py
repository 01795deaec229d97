"""Mesh files: what they give, and what each mistake is told as."""

from __future__ import annotations

from pathlib import Path

import pytest

from mycoflux.compiler.mesh import Edge
from mycoflux.deploy.mesh_file import BAUD, load_mesh
from mycoflux.errors import MeshError

GOOD = """
balance = 1.5

[boards.left]
board = "pico"
url = "/dev/ttyACM0"

[boards.right]
board = "esp32"
heap_kib = 64
busy = 0.8

[[links]]
boards = ["left", "right"]
ports = ["uart1", "uart2"]
baud = 115200

[ports]
eye = "left"
"""


def written(folder: Path, text: str) -> str:
    file = folder / "robot.toml"
    file.write_text(text)
    return str(file)


def test_a_mesh_file_gives_boards_links_and_pins(tmp_path: Path) -> None:
    mesh = load_mesh(written(tmp_path, GOOD))
    left, right = mesh.nodes
    assert (left.name, left.kind, left.url, left.busy) == ("left", "pico", "/dev/ttyACM0", 0.0)
    assert left.heap > 64 * 1024 == right.heap and right.busy == 0.8
    assert mesh.edges == (Edge("left", "right", 115_200, "uart1", "uart2"),)
    assert dict(mesh.ports) == {"eye": "left"} and mesh.balance == 1.5
    plain = GOOD.replace('ports = ["uart1", "uart2"]\nbaud = 115200\n', "")
    assert load_mesh(written(tmp_path, plain)).edges == (Edge("left", "right", BAUD),)


@pytest.mark.parametrize(
    ("wrong", "right", "says", "remedy"),
    [
        ('board = "pico"', 'board = "pic0"', "boards.left.board is 'pic0'", "'pico'"),
        ('board = "pico"', "", "boards.left.board is missing", "boards.left.board ="),
        ("heap_kib = 64", "heap_kib = 0", "heap_kib is 0, not a whole number from 1", "heap_kib"),
        ("heap_kib = 64", "heep_kib = 64", "boards.right.heep_kib is not a key of a mesh file", "spelling"),
        ("busy = 0.8", "busy = -1", "busy is -1, not a number", "busy"),
        ('"left", "right"]', '"left", "rigt"]', r"links\[0\].boards names 'rigt'", "'right'"),
        ('"left", "right"]', '"left"]', "not a list of 2 texts", 'boards = ["...", "..."]'),
        ('"uart1"', '"uart7"', "'uart7', which a pico has not", "uart"),
        ("baud = 115200", "baud = 1", "baud is 1, not a whole number from 300", "baud = 300"),
        ("[[links]]", "[links]", "links is {.*}, not a list of tables", r"[[links]]"),
        ('eye = "left"', 'eye = "middle"', "ports.eye is pinned to 'middle'", "left, right"),
        ("balance = 1.5", "balance = 0.5", "balance is 0.5, not a number from 1", "balance = 1"),
        ("balance = 1.5", "belance = 1.5", "belance is not a key", "spelling"),
        ("[boards.left]", "[boards.left", "not TOML", "Correct"),
        ("[boards.left]", '[boards."a/b"]', "board named 'a/b'", "letters"),
    ],
)
def test_each_mistake_is_named_with_its_key(
    tmp_path: Path, wrong: str, right: str, says: str, remedy: str
) -> None:
    assert wrong in GOOD
    with pytest.raises(MeshError, match=says) as caught:
        load_mesh(written(tmp_path, GOOD.replace(wrong, right, 1)))
    assert caught.value.where.endswith("robot.toml") and remedy in caught.value.remedy


def test_a_board_has_no_more_links_than_serial_ports(tmp_path: Path) -> None:
    star = "".join(f'[boards.{n}]\nboard = "pico"\n' for n in "abcd")
    star += "".join(f'[[links]]\nboards = ["a", "{n}"]\n' for n in "bcd")
    with pytest.raises(MeshError, match=r"'a' has 3 links, a pico has 2 serial port"):
        load_mesh(written(tmp_path, star))
    pair = star.split("[[links]]")[0].replace('[boards.d]\nboard = "pico"\n', "")
    pair += "".join(f'[[links]]\nboards = ["a", "{n}"]\nports = ["uart0", "uart0"]\n' for n in "bc")
    with pytest.raises(MeshError, match="2 links use the port 'uart0' of 'a'"):
        load_mesh(written(tmp_path, pair))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MeshError, match="there is no such mesh file"):
        load_mesh(str(tmp_path / "none.toml"))


def test_shorthands_are_lines_of_boards_with_two_ports_and_grids_of_those_with_any_number() -> None:
    line = load_mesh("5xpico")
    assert [n.kind for n in line.nodes] == ["pico"] * 5 and line.hops[0, 4] == 4 and len(line.edges) == 4
    grid = load_mesh("12xsim")  # 4 x 3
    assert len(grid.edges) == 3 * 3 + 2 * 4 and grid.hops[0, 11] == 5
    assert load_mesh("1xesp32").edges == ()
    for wrong in ("0xpico", "3xpicco"):
        with pytest.raises(MeshError) as caught:
            load_mesh(wrong)
        assert "pico" in caught.value.remedy
