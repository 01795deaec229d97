"""A kernel is tried on the board before the runtime starts; the board keeps a note of those that failed.

A kernel that gives wrong answers, or hangs the board, is not tried again until it is another file, or a
board URL asks for it by name. The note is written before it is tried, so that one that hangs the board is
known after a reset. What is no fault of the kernel's is not noted: too little memory, a firmware that does
not load it, a line that loses bytes.
"""

from __future__ import annotations

from mycoflux.deploy.kernels import BYTECODE, Kernels
from mycoflux.errors import BoardRaised, InstallError, LinkError
from mycoflux.link.repl import Repl

RIGHT, WRONG, HUNG, ABSENT, MEMORY = "right", "wrong", "hung", "absent", "memory"
_SAID = (RIGHT, WRONG, ABSENT, MEMORY)  # by `myco.kernels.trial`
REASONS = {
    WRONG: "gives wrong answers on this board",
    HUNG: "hangs this board",
    ABSENT: "is not loaded by this board's firmware",
    MEMORY: "finds too little memory on this board",
}

_NOTES = "myco/suspects.txt"  # a line a kernel: its name, a hash of its file, WRONG or HUNG
_TRIES = 2  # a lost byte looks like a kernel that fails
_TRY_TIMEOUT_S = 20.0
_WRITE = """
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
# The name comes back, so that one that was bent on the way is not taken for a kernel that is absent.
_TRY = """
import gc
from myco import kernels as _k
_n = {name!r}
print(_n, _k.trial(_n))
del _k, _n
gc.collect()
"""


def barred(repl: Repl, kernels: Kernels) -> dict[str, str]:
    """The kernels that are not to be tried, and why (of REASONS). None of them is forced."""
    if kernels.forced is not None:
        return {}
    notes = dict(line.rpartition(" ")[::2] for line in _notes(repl))
    return {name: notes[line] for name, line in kernels.lines().items() if notes.get(line) in (WRONG, HUNG)}


def trial(repl: Repl, kernels: Kernels, name: str) -> str:
    """What comes of the kernel `name`, whose file is on the board: RIGHT, or one of REASONS.

    Raises:
        InstallError: it hangs the board, which does not come back by itself. After a reset it is left out.
        LinkError: the line is too bad to tell. Nothing is noted.
    """
    if name == BYTECODE:
        return RIGHT
    others = [line for line in _notes(repl) if line.partition(" ")[0] != name]
    line = kernels.lines()[name]
    _note(repl, [*others, f"{line} {HUNG}"])
    try:
        outcome = _tried(repl, name)
    except LinkError:
        _note(repl, others)
        raise
    if outcome != HUNG:
        _note(repl, [*others, f"{line} {WRONG}"] if outcome == WRONG else others)
    return outcome


def _notes(repl: Repl) -> list[str]:
    return repl.exec(_READ.format(file=_NOTES)).splitlines()


def _note(repl: Repl, lines: list[str]) -> None:
    repl.exec(_WRITE.format(file=_NOTES, text="\n".join(line for line in lines if line)))


def _tried(repl: Repl, name: str) -> str:
    bent: LinkError | None = None
    for _ in range(_TRIES):
        try:
            said = repl.exec(_TRY.format(name=name), _TRY_TIMEOUT_S).split()
        except (
            BoardRaised
        ) as error:  # what a kernel raises is caught there: this came of bytes that were lost
            bent = error
        except LinkError as error:
            bent = None
            _demand_prompt(repl, name, error)
        else:
            if len(said) == 2 and said[0] == name and said[1] in _SAID:
                return said[1]
            bent = LinkError(
                f"the board answered {' '.join(said)[:60]!r} when the kernel '{name}' was tried",
                where=repl.stream.url,
                remedy="Run the command again; if it stays, check the cable",
            )
    if bent is not None:
        raise bent
    return HUNG


def _demand_prompt(repl: Repl, name: str, error: LinkError) -> None:
    try:
        repl.enter()
    except LinkError:
        raise InstallError(
            f"the kernel '{name}' hangs the board ({error.what})",
            where=repl.stream.url,
            remedy="Reset the board and run the command again: that kernel is then left out",
        ) from error
