"""The tests of this folder once more, on real MicroPython: one process for all of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mycoflux import resources
from mycoflux.link.unix_board import armv7_interpreter, native_interpreter

FOLDER = Path(__file__).parent
MODULES = sorted(file.stem for file in FOLDER.glob("test_*.py") if not file.stem.startswith("test_on_"))

_SCRIPT = """
import sys
sys.path[:0] = {folders!r}
for name in {modules!r}:
    module = __import__('tests.hal.' + name, None, None, ('x',))
    for test in sorted(dir(module)):
        if test.startswith('test_'):
            try:
                getattr(module, test)()
            except BaseException as error:
                print('FAILED', name, test)
                sys.print_exception(error, sys.stdout)
            else:
                print('passed', name, test)
"""


def run(url: str, modules: list[str]) -> list[str]:
    """What the tests of the modules print there, line by line."""
    interpreter = native_interpreter(url) if url == "virtual:" else armv7_interpreter(url)
    folders = [str(FOLDER.parents[1]), str(resources.package_folder("myco_hal").parent)]
    script = _SCRIPT.format(folders=folders, modules=modules)
    command = [*interpreter.command, "-X", "heapsize=1M", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("virtual:", marks=pytest.mark.virtual),
        pytest.param("armv7:", marks=pytest.mark.armv7),
    ],
)
def test_all_of_them_pass(url: str) -> None:
    said = run(url, MODULES)
    failed = [line for line in said if not line.startswith("passed ")]
    assert not failed, "\n".join(failed)
    written = sum(
        file.read_text().count("\ndef test_") for file in map(FOLDER.joinpath, map("{}.py".format, MODULES))
    )
    assert len(said) == written > 40
