"""Which kernels go onto a board, and how they are tried there before the runtime starts.

A kernel is a .mpy file for the board's processor (device/kernels). Whether it is right is for the board to
say (`myco.kernels`): the fastest is sent and tried, and the next only if that one fails. What fails, or hangs
the board, is not installed again, until it is another file.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from mycoflux import resources
from mycoflux.deploy import runtime
from mycoflux.deploy.runtime import Bundle
from mycoflux.errors import InstallError, LinkError
from mycoflux.link.repl import Identity, Repl

BYTECODE = "bytecode"
COMPILED = ("native", "viper")  # as `myco.kernels.NAMES`: fastest first
NAMES = (*COMPILED, BYTECODE)
_MPY = (6, 3)  # of the .mpy files: version, sub-version

# Processors by `link.repl.ARCHS`, and the kernel built for each: a Cortex-M4 runs what an M3 does.
BUILT_FOR = {
    "x64": "x64",
    "armv6m": "armv6m",
    "armv7m": "armv7m",
    "armv7em": "armv7m",
    "armv7emsp": "armv7emsp",
    "armv7emdp": "armv7emsp",
    "xtensawin": "xtensawin",
    "rv32imc": "rv32imc",
}

# Names a kernel's file before it is tried, so that one that hangs the board is known after a reset.
_SUSPECTS = "myco/suspects.txt"
_TRY_TIMEOUT_S = 20.0
_SUSPECT = """
with open({file!r}, 'w') as _f:
    _f.write({text!r})
del _f
"""
_READ = """
try:
    with open({file!r}) as _f:
        print(_f.read())
except OSError:
    pass
"""
_TRY = """
import gc
from myco import kernels as _k
_m = _k.load({name!r})
print('absent' if _m is None else 'right' if _k.agrees(_m) else 'wrong')
del _k, _m
gc.collect()
"""


@dataclass(frozen=True)
class Kernels:
    """Compiled kernels for one board, fastest first; forced: the only one asked for, or None."""

    files: tuple[tuple[str, bytes], ...]
    forced: str | None

    def bundle(self, name: str) -> Bundle:
        """The runtime with the kernel of this name, which may be BYTECODE: that is there always.

        Bundles chosen from other kernels have other names: where one is replaced, boards try it.
        """
        files = {f"myco/{there}.mpy": data for there, data in self.files if there == name}
        return runtime.bundle_for("myco", files, " ".join((self.forced or "", *self.lines().values())))

    def names(self) -> tuple[str, ...]:
        """The kernels to try on the board, in this order, BYTECODE last unless another is forced."""
        compiled = tuple(name for name, _ in self.files)
        return compiled if self.forced in COMPILED else (*compiled, BYTECODE)

    def lines(self) -> dict[str, str]:
        """By name, the line of a kernel that is suspected."""
        return {name: f"{name} {hashlib.sha256(data).hexdigest()[:16]}" for name, data in self.files}


def built(name: str, arch: str) -> bytes | None:
    """The kernel `name` for `arch` as it comes with mycoflux, None where there is none."""
    file = resources.data_folder("kernels") / "built" / f"{name}-{arch}.mpy"
    return file.read_bytes() if file.is_file() else None


def for_arch(arch: str | None, forced: str | None = None) -> Kernels:
    """The kernels for a processor (a value of BUILT_FOR; None for one that runs bytecode alone)."""
    wanted = COMPILED if forced is None else (forced,)
    found = ((name, built(name, arch)) for name in wanted if name in COMPILED and arch is not None)
    return Kernels(tuple((name, data) for name, data in found if data is not None), forced)


def for_board(identity: Identity, forced: str | None, url: str) -> Kernels:
    """The kernels for the board that says this of itself.

    Raises:
        InstallError: the forced one is not for it.
    """
    version = (identity.mpy & 0xFF, identity.mpy >> 8 & 3)
    kernels = for_arch(BUILT_FOR.get(identity.arch) if version == _MPY else None, forced)
    if forced in COMPILED and not kernels.files:
        raise InstallError(
            f"there is no kernel '{forced}' for this board ({identity.arch}, .mpy {version[0]}.{version[1]})",
            where=url,
            remedy=f"Leave kernel={forced} out, or give kernel={BYTECODE}; others need MicroPython 1.23",
        )
    return kernels


@functools.cache
def acceptable(forced: str | None) -> frozenset[bytes]:
    """Names of all bundles with which a board need not be installed anew, whatever its processor."""

    def bundles() -> Iterator[Bundle]:
        for arch in (None, *sorted(set(BUILT_FOR.values()))):
            kernels = for_arch(arch, forced)
            yield from (kernels.bundle(name) for name in kernels.names())

    return frozenset(bundle.id for bundle in bundles())


def suspects(repl: Repl, kernels: Kernels) -> tuple[str, ...]:
    """The kernels that failed on this board before, or that it did not come back from."""
    said = repl.exec(_READ.format(file=_SUSPECTS)).splitlines()
    return tuple(name for name, line in kernels.lines().items() if line in said)


def works(repl: Repl, kernels: Kernels, name: str, failed: Collection[str]) -> bool:
    """Whether the kernel `name`, whose file is on the board, is right there. If not, the board notes it.

    failed: others that are not.

    Raises:
        InstallError: it hangs the board. After a reset it is left out.
    """
    if name == BYTECODE:
        return True
    lines = kernels.lines()
    _write(repl, [lines[other] for other in (*failed, name)])
    right = _is_right(repl, name)
    if right:
        _write(repl, [lines[other] for other in failed])
    return right


def _write(repl: Repl, lines: list[str]) -> None:
    repl.exec(_SUSPECT.format(file=_SUSPECTS, text="\n".join(lines)))


def _is_right(repl: Repl, name: str) -> bool:
    try:
        return repl.exec(_TRY.format(name=name), _TRY_TIMEOUT_S).strip() == "right"
    except LinkError as error:
        try:
            repl.enter()
        except LinkError:
            raise InstallError(
                f"the kernel '{name}' hangs the board ({error.what})",
                where=repl.stream.url,
                remedy="Reset the board and run the command again: that kernel is then left out",
            ) from error
        return False
