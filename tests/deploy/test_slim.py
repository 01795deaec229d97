import subprocess
import sys

import pytest

from mycoflux.deploy.shorten import shorten
from mycoflux.deploy.slim import constants, slim, with_values
from mycoflux.errors import InstallError
from mycoflux.resources import package_folder

FACTS = '''
"""A module of facts."""
SIZE = 4
LIMIT = (1 << SIZE) - 1
TABLE = b"ab"
COUNT = len(TABLE)


def clip(x: int) -> int:
    """At most LIMIT."""
    return LIMIT if x > LIMIT else x


def clip_all(values):
    return [clip(v) for v in values]


if COUNT:

    def guarded():
        return SIZE
'''
SHARED = {"pkg.facts": FACTS, "pkg.other": "def clip(x):\n    return x\n"}


def run(source):
    names = {}
    exec(compile(source, "slimmed", "exec"), names)
    return names


def device_modules():
    return {
        f"{package}.{file.stem}": file.read_text()
        for package in ("myco", "myco_hal")
        for file in package_folder(package).glob("*.py")
    }


def test_constants_are_computed_without_running_the_module():
    assert constants(FACTS) == {"SIZE": 4, "LIMIT": 15, "TABLE": b"ab"}


def test_constants_become_literals_and_their_import_goes():
    assert slim("from pkg import facts\nx = facts.LIMIT + facts.SIZE\n", SHARED) == "x = 15 + 4\n"
    assert slim("import pkg.facts as f\nx = f.LIMIT\n", SHARED) == "x = 15\n"


def test_functions_come_with_what_they_use_and_only_that():
    source = slim("from pkg.facts import clip_all\n", SHARED)
    assert run(source)["clip_all"]([3, 99]) == [3, 15]
    assert "guarded" not in source and '"""' not in source and "int" not in source


def test_a_guarded_twin_is_taken():
    assert run(slim("from pkg import facts\nx = facts.guarded()\n", SHARED))["x"] == 4


def test_a_local_name_hides_the_shared_one():
    source = "from pkg import facts\ndef f(facts):\n    return facts.SIZE\n"
    assert "facts.SIZE" in slim(source, SHARED)


def test_views_become_copies_and_slices_cannot_be_assigned():
    assert slim("y = memoryview(x)[1:]\n", SHARED) == "y = x[1:]\n"
    with pytest.raises(InstallError, match="slice assignment"):
        slim("x[1:2] = y\n", SHARED)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("from pkg import facts\nx = facts.NONE\n", "no 'NONE'"),
        ("from pkg.facts import absent\n", "no function, class or constant 'absent'"),
        ("from pkg.facts import clip_all\nfrom pkg.other import clip\n", "cannot both be spliced"),
    ],
)
def test_what_cannot_be_taken_over_is_named(source, problem):
    with pytest.raises(InstallError, match=problem):
        slim(source, SHARED)


def test_values_are_replaced():
    assert constants(with_values(FACTS, {"SIZE": 2}))["LIMIT"] == 3
    with pytest.raises(InstallError, match="MISSING"):
        with_values(FACTS, {"MISSING": 1})


def test_names_are_short_and_the_same_everywhere():
    sources = {
        "one": "state = [0]\nclass Thing:\n    def __init__(self, value):\n        self.value = value\n"
        "def make(value):\n    state[0] += 1\n    return Thing(value)\n",
        "two": "from one import make, state\n"
        "def run(value):\n    a = make(value)\n    return a.value + state[0]\n",
    }
    short = shorten(sources, keep=("run",))
    assert "value" not in "".join(short.values()) and "make" not in "".join(short.values())
    first = run(short["one"])
    second = {"__builtins__": __builtins__}
    exec(short["two"].split("\n", 1)[1], first | second, second)
    both = first | second
    exec(short["two"].split("\n", 1)[1], both)
    assert both["run"](41) == 42


def test_a_local_hides_no_global_that_its_function_uses():
    source = "\n".join(f"def g{i}():\n    return {i}" for i in range(40))
    source += "\ndef run(x):\n    y = x\n    return y + " + " + ".join(f"g{i}()" for i in range(40)) + "\n"
    assert run(shorten({"m": source}, keep=("run",))["m"])["run"](1) == 1 + sum(range(40))


@pytest.mark.virtual
def test_slimmed_framing_works_on_micropython(tmp_path):
    source = """
from myco.wire import Decoder, encode

def run(payload):
    out = bytearray(128)
    size = encode(0x16, 7, payload, len(payload), out)
    decoder = Decoder()
    for byte in out[:size]:
        n = decoder.push(byte)
    return list(decoder.content[:n])
"""
    slimmed = shorten({"m": slim(source, device_modules())}, keep=("run",))["m"]
    payload = bytes(range(60))
    script = tmp_path / "m.py"
    script.write_text(slimmed + f"print(run({payload!r}))\n")
    answer = subprocess.run(
        [sys.executable, "-m", "micropython_unix", str(script)], capture_output=True, text=True, timeout=60
    )
    assert answer.stdout.strip() == str([0x16, 7, *payload]), answer.stderr
