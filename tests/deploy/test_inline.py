"""What boards are sent does what was written, with less of it."""

from __future__ import annotations

import ast
import builtins
import re

import pytest

from myco import probe
from mycoflux.deploy import runtime
from mycoflux.deploy.inline import inline, with_literals
from mycoflux.errors import InstallError

FACTS = '''
"""A module of facts."""
SIZE = 4  # of something
LIMIT = -(1 << SIZE)
NAMES = ("one", "two")
SPELLED = 7
_table = [SIZE]
_cache = None
TURNS = 0
TABLE = array("i", [SIZE])


class Refused(Exception):
    """No."""


def turn(by: int = SIZE) -> int:
    """Turn."""
    global TURNS
    TURNS += by
    return TURNS


class Turn:
    """A turn."""

    def __init__(self, a):
        self.b = self._by = a
        self._turn()

    def _turn(self):
        global _cache
        _cache = _table[0] + self._by


def limit(value: int) -> int:
    SIZE = value
    return max(SIZE, LIMIT)
'''
USER = """
from pkg import facts, other
from pkg.facts import LIMIT, Refused
import struct

ROOM = facts.SIZE * 2 + other.MORE


def room(count, some=ROOM):
    found = [x.SPELLED for x in count]
    if LIMIT:
        raise Refused
    return len(facts.NAMES), facts.turn(by=1), found, some
"""
SET = {
    "pkg": "",
    "pkg.facts": FACTS,
    "pkg.user": USER,
    "pkg.other": "from pkg import facts\nMORE = facts.SIZE\n",
}


def test_constants_become_literals_across_modules() -> None:
    assert inline(SET)["pkg.user"] == (
        "from pkg import facts\n"
        "from pkg.facts import Refused\n"
        "import struct\n"
        "def room(a, some=12):\n"
        " b = [c.SPELLED for c in a]\n"
        " if -16:\n"
        "  raise Refused\n"
        " return (2, facts.turn(by=1), b, some)\n"
    )


def test_what_may_change_or_be_reached_by_name_stays() -> None:
    """A variable, what is made, an attribute's name; a local that is spelled like a constant is none."""
    assert inline(SET)["pkg.facts"] == (
        "SPELLED = 7\n"
        "b = [4]\n"
        "a = None\n"
        "TURNS = 0\n"
        "TABLE = array('i', [4])\n"
        "class Refused(Exception):\n"
        " pass\n"
        "def turn(by=4):\n"
        " global TURNS\n"
        " TURNS += by\n"
        " return TURNS\n"
        "class Turn:\n"
        " def __init__(b, a):\n"
        "  b.b = b.a = a\n"
        "  b._turn()\n"
        " def _turn(c):\n"
        "  global a\n"
        "  a = b[0] + c.a\n"
        "def limit(b):\n"
        " a = b\n"
        " return max(a, -16)\n"
    )
    assert inline(SET)["pkg.other"] == "\n"


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    from x import SIZE\nexcept ImportError:\n    SIZE = 4\ny = SIZE\n",
        "SIZE = 4\nif y:\n    SIZE = 5\nz = f(SIZE)\n",
        "def f():\n    pass\nf = 4\ng(f)\n",
    ],
)
def test_a_name_of_two_meanings_is_no_constant(source: str) -> None:
    small = inline({"m": source})["m"]
    assert ast.dump(ast.parse(small)) == ast.dump(ast.parse(source))


def test_values_that_change_places_make_no_tuple() -> None:
    """Of parentheses around the values MicroPython would make one on the heap."""
    source = "def f(a, b):\n a, b = b, (a, 1)\n a = (b + a) * (a + b)\n return a\n"
    assert inline({"m": source})["m"] == source


def test_functions_do_not_stand_in_functions() -> None:
    with pytest.raises(InstallError, match="line 2"):
        inline({"m": "def f(x):\n    def g():\n        return x\n    return g\n"})


def test_a_script_finds_the_constants_that_are_gone() -> None:
    source = "from pkg import facts\ndef say(turn):\n    print(facts.SIZE, turn._by, facts.LIMIT)\n"
    assert with_literals(source, SET).splitlines()[-1] == "    print(4, turn.a, -16)"


SMALL = inline(runtime.modules())


def bound(name: str) -> set[str]:
    """Names that a module of the runtime binds, its functions' own among them."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(SMALL[name])):
        match node:
            case ast.Name(found, ast.Store()) | ast.arg(found):
                names.add(found)
            case ast.FunctionDef(found) | ast.ClassDef(found):
                names.add(found)
            case ast.Import(aliases) | ast.ImportFrom(_, aliases):
                names |= {(alias.asname or alias.name).split(".")[0] for alias in aliases}
            case ast.ExceptHandler(_, str(found)):
                names.add(found)
    return names


@pytest.mark.parametrize("name", SMALL)
def test_the_runtime_finds_all_that_it_names(name: str) -> None:
    modules = {}
    for node in ast.walk(ast.parse(SMALL[name])):
        match node:
            case ast.ImportFrom(str(origin), aliases) if origin in SMALL:
                found = {alias.name for alias in aliases}
                modules |= {child: f"{origin}.{child}" for child in found if f"{origin}.{child}" in SMALL}
                assert found <= bound(origin) | set(modules)
            case ast.Name(read, ast.Load()):
                assert read in bound(name) | set(dir(builtins))
    for node in ast.walk(ast.parse(SMALL[name])):
        match node:
            case ast.Attribute(ast.Name(alias), attribute) if alias in modules:
                assert attribute in bound(modules[alias]), (alias, attribute)


def test_of_the_runtime_nothing_for_people_is_sent() -> None:
    written, sent = "".join(runtime.modules().values()), "".join(SMALL.values())
    assert len(sent) < 0.4 * len(written)
    assert '"""' not in sent and "#" not in sent
    constants = [line for line in sent.splitlines() if re.match(r"[A-Z]\w* = -?\d[^,]*$", line)]
    assert constants == [f"DIGEST = {probe.DIGEST}"]  # which a function imports for a moment
