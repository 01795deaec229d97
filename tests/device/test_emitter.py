"""What the viper kernel relies on in mpy-cross' machine code: a test for each known class of its bugs.

Each case is a function; it runs as machine code on 64-bit x64, on ARMv7 and as Cortex-M0 code, and must give
what the same lines give in Python.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from firmware_tools.build_viper import cross

from tests.device.kernel_runs import Target
from tests.device.test_viper import on_every_target

# name: (arguments and body, calls). Arrays of the calls are `words` (i), `halves` (H) and `octets` (B).
CASES = {
    # mpy-cross before 1.29: y = -x and ~x also changed x.
    "unary_minus": (
        "(x: int) -> int:\n    y = -x\n    z = ~x\n    return (y + 3 * z) * 5 + x",
        "(7) (-7) (0)",
    ),
    "unary_minus_on_the_stack": (
        "(a: int, b: int, c: int, x: int) -> int:\n    y = -x\n    z = ~y\n"
        "    return a + 2 * b + 4 * c + x + y * z",
        "(1, 2, 3, 4) (9, -9, 9, -700)",
    ),
    # An index that is computed, and used for a load and a store in one line.
    "index_kept": (
        "(p: ptr32, e: ptr16, n: int) -> int:\n"
        "    i = 0\n"
        "    while i < n:\n"
        "        x = e[i]\n"
        "        p[x & 15] += (x >> 8) * 3\n"
        "        p[x & 15] = (x & 7) + p[x & 15]\n"
        "        i += 1\n"
        "    return p[0] + 2 * p[1] + 3 * p[2] + 5 * p[3] + x",
        "(words, halves, 40)",
    ),
    "index_of_a_store": (
        "(p: ptr8, i: int, x: int) -> int:\n"
        "    p[i + 1] = x\n    p[i] = p[i + 1] + i\n    return p[i] * 256 + p[i + 1] + i + x",
        "(octets, 3, 77) (octets, 60, 5)",
    ),
    "store_through_stack": (
        "(a: int, b: int, c: int, d: int, p: ptr16, i: int) -> int:\n"
        "    p[i] = a + b\n    p[i + 1] = p[i] + c\n    return p[i + 1] * 3 + p[i] + d",
        "(1, 2, 3, 4, halves, 9) (100, 200, 300, -400, halves, 90)",
    ),
    # Loads of negative numbers: 32 bits wide on a board, to be extended by hand on x64.
    "signs": (
        "(p: ptr32) -> int:\n    x = p[0]\n    if WIDE:\n        x = x << 32 >> 32\n"
        "    y = (x >> 12) * 4000 + (((x & 4095) * 4000 + (x >> 31 & 4095)) >> 12)\n"
        "    p[1] = y\n    return y",
        "(negative)",
    ),
    "sign_of_a_half": ("(p: ptr16) -> int:\n    return ((p[0] ^ 0x8000) - 0x8000) << 3", "(negative_half)"),
    # Fixed indices beyond what one instruction holds.
    "large_offsets": (
        "(p: ptr32, q: ptr16, r: ptr8) -> int:\n"
        "    p[31] = 1\n    p[32] = 2\n    p[255] = 3\n    p[256] = 4\n    p[1023] = 5\n    p[1024] = 6\n"
        "    q[31] = 7\n    q[32] = 8\n    q[2047] = 9\n    q[2048] = 10\n"
        "    r[31] = 11\n    r[32] = 12\n    r[4096] = 13\n"
        "    return (p[31] + 2 * p[32] + 4 * p[255] + 8 * p[256] + 16 * p[1023] + 32 * p[1024]"
        " + 64 * q[31] + 128 * q[32] + 256 * q[2047] + 512 * q[2048]"
        " + 1024 * r[31] + 2048 * r[32] + 4096 * r[4096])",
        "(words, halves, octets)",
    ),
    "constants": (
        "(x: int) -> int:\n    a = x + 0x7FFFFF\n    b = a - 0x1000000\n    c = b ^ 0x8000\n"
        "    d = c & 0x1FFFC\n"
        "    return a + b * 2 + c * 3 + d * 5",
        "(0) (-8388607) (8388608)",
    ),
    "shifts": (
        "(x: int, n: int) -> int:\n    a = x >> n\n    b = x << n\n    c = x >> 31 & 4095\n"
        "    return a + 3 * b + 7 * c",
        "(1000, 3) (-1000, 3) (-1, 0)",
    ),
}


def far(statements: int) -> tuple[str, str]:
    """A loop, branches and a `continue` over a body of many statements: jumps beyond their short forms."""
    body = "".join(
        f"            p[{i % 30}] = p[{(i * 7) % 30}] + x * {i % 5 + 1}\n" for i in range(statements)
    )
    return (
        "(x: int, p: ptr32) -> int:\n"
        "    n = 0\n    done = 0\n"
        "    while n < 6:\n"
        "        n += 1\n"
        "        if n == 2:\n            continue\n"
        "        if n != 4:\n" + body + "            done += n\n"
        "        elif x > 3:\n            done += 100\n"
        "        else:\n" + body + "            done += 1000\n"
        "    return done * 7 + (p[3] & 0xFFFF) + n",
        "(3, words) (5, words)",
    )


CASES |= {f"far_branches_{n}": far(n) for n in (5, 20, 60, 150, 400)}


def many_locals() -> tuple[str, str]:
    """So many locals that the last are far from the stack pointer."""
    lines = "".join(f"    v{i} = x + {i}\n" for i in range(100))
    return f"(x: int) -> int:\n{lines}    return {' + '.join(f'v{i}' for i in range(0, 100, 7))}", "(11)"


CASES["many_locals"] = many_locals()

_CALL = """
def call(f):
    words = array('i', [i * 3 for i in range(1100)])
    halves = array('H', [(i * 7) % 16 | (i % 251 + 1) << 8 for i in range(2100)])
    octets = bytearray(4200)
    negative = array('i', [-123457, 0])
    negative_half = array('H', [65536 - 300])
    arrays = (words, halves, octets, negative)
    for values in {calls}:
        print(f(*values))
    print([sum(a) for a in arrays])
"""
_VALUES = """
def calls(words, halves, octets, negative, negative_half):
    return [{0}]
"""


def script(name: str, module: str) -> str:
    """What calls a case and prints its results."""
    calls = CASES[name][1].replace(") (", "), (").replace(")", ",)")
    return f"from array import array\n{_CALL.format(calls=f'[{calls}]')}\n{module}\ncall({name})\n"


def in_python(name: str) -> list[str]:
    """The results of the same lines in this process."""
    space: dict[str, object] = {"ptr8": None, "ptr16": None, "ptr32": None, "WIDE": 0}
    printed: list[str] = []
    space["print"] = lambda *values: printed.append(" ".join(map(str, values)))
    exec(script(name, f"def {name}{CASES[name][0]}"), space)
    return printed


@on_every_target
def test_machine_code_gives_what_python_gives(target: Target, tmp_path: Path) -> None:
    wide = target.arch == "x64"
    source = f"from micropython import const\nWIDE = const({int(wide)})\n"
    source += "".join(f"@micropython.viper\ndef {name}{text}\n\n" for name, (text, _) in CASES.items())
    (tmp_path / "cases.mpy").write_bytes(cross(source, target.arch, "cases.py"))
    command = [*target.interpreter().command, "-X", "heapsize=8M", "-c"]
    wrong = {}
    for name in CASES:
        text = script(name, f"from cases import {name}")
        ran = subprocess.run([*command, text], cwd=tmp_path, capture_output=True, text=True, check=False)
        if ran.stdout.splitlines() != in_python(name):
            wrong[name] = (ran.stdout, ran.stderr, in_python(name))
    assert not wrong
