"""Which kernels there are for a board.

A kernel is a .mpy file for the board's processor (device/kernels). Whether it is right is for the board to
say (`kernel_trial`): the fastest is sent and tried, and the next only if that one fails.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from mycoflux import resources
from mycoflux.deploy import runtime
from mycoflux.deploy.runtime import Bundle
from mycoflux.errors import InstallError
from mycoflux.link.repl import Identity

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
        """By name, the name and a hash of the file: what a board's note of a kernel begins with."""
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
