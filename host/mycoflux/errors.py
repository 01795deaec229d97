"""Every way mycoflux can fail, as a tree that reads like a list of what can happen to a user.

Each error says *what* happened, *where*, and *what to do* (`remedy`), and carries the exit code the
command line ends with: 1 recoverable (try again, plug it in), 2 invalid input (change what you gave),
64 and up the system (a tool is missing, a bug). Errors are made where the knowledge is; the command
line only prints them.
"""

from __future__ import annotations


class MycofluxError(Exception):
    """Base of all errors meant for a user.

    Args:
        what: what happened, in one sentence without a full stop.
        where: the file and line, population, port, board or byte offset concerned; may be empty.
        remedy: what the user can do next.
    """

    exit_code = 70  # EX_SOFTWARE: an error nobody classified is ours
    slug = "internal"

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}. {self.remedy}" if self.remedy else text

    def as_dict(self) -> dict[str, str | int]:
        """The error as JSON-ready data, for `--json` output."""
        return {
            "error": self.slug,
            "what": self.what,
            "where": self.where,
            "remedy": self.remedy,
            "exit_code": self.exit_code,
        }


# --- invalid input: exit code 2 ------------------------------------------------------------------


class InvalidInput(MycofluxError):
    """Something the user gave cannot be used as it is."""

    exit_code = 2
    slug = "invalid-input"


class UsageError(InvalidInput):
    """A command was given arguments that it does not have, or lacks one."""

    slug = "usage"


class CircuitError(InvalidInput):
    """The circuit as written is wrong: an unknown name, a NaN weight, a duplicate."""

    slug = "circuit"


class QuantizeError(InvalidInput):
    """A parameter cannot be represented in the program's integers."""

    slug = "quantize"


class BoundError(InvalidInput):
    """An accumulator could leave its range; names the population and by how much."""

    slug = "bound"


class ImageError(InvalidInput):
    """Bytes that should be a program image are not, or are damaged."""

    slug = "image"


class BoardFileError(InvalidInput):
    """A board file is missing, or something in it is wrong."""

    slug = "board-file"


class MeshError(InvalidInput):
    """What is said of boards and their links is wrong or does not suit the circuit."""

    slug = "mesh"


class BoardUrlError(InvalidInput):
    """A board URL that names no known kind of board."""

    slug = "board-url"


class DoesNotFit(InvalidInput):
    """A program needs more than a board has: memory, features, numbers for its neurons."""

    slug = "does-not-fit"


class DelayTooShort(InvalidInput):
    """Spikes would arrive late: boards that a projection joins are too far apart; names the link."""

    slug = "delay"


class OutsideLoihi(InvalidInput):
    """A program uses what Loihi's models do not have; lists all of it."""

    slug = "outside-loihi"


# --- boards and links: exit code 1 ---------------------------------------------------------------


class BoardError(MycofluxError):
    """A board is not in a state to do what was asked; trying again may help."""

    exit_code = 1
    slug = "board"


class BoardNotFound(BoardError):
    """Nothing is there under that name."""

    slug = "board-not-found"


class BoardBusy(BoardError):
    """Another program holds the port."""

    slug = "board-busy"


class WrongFirmware(BoardError):
    """Something answers, but it is not MicroPython."""

    slug = "wrong-firmware"


class FirmwareTooOld(BoardError):
    """MicroPython answers, but is older than the runtime needs."""

    slug = "firmware-too-old"


class BoardLost(BoardError):
    """The board went away in the middle of something."""

    slug = "board-lost"


class LinkError(BoardError):
    """The board is there, but does not answer as the protocol demands."""

    slug = "link"


class BoardRaised(LinkError):
    """Code that the board was given raised there."""


class InstallError(BoardError):
    """The runtime could not be put on the board, or does not start there."""

    slug = "install"


class BehaviourDiffers(MycofluxError):
    """Two executors of one program disagreed: law 1 is broken, and that is a bug."""

    exit_code = 1
    slug = "differs"


class NotAccepted(MycofluxError):
    """A program is further from its circuit than the author accepts."""

    exit_code = 1
    slug = "not-accepted"


# --- the system: exit code 64 and up -------------------------------------------------------------


class SystemProblem(MycofluxError):
    """The machine mycoflux runs on lacks something."""

    exit_code = 69  # EX_UNAVAILABLE
    slug = "system"


class EmulatorMissing(SystemProblem):
    """An emulated board needs a program that is not installed."""

    slug = "emulator-missing"


class ExtraMissing(SystemProblem):
    """An optional Python package is needed for this and is not installed."""

    slug = "extra-missing"


class ExtensionBroken(SystemProblem):
    """An installed package registers something for mycoflux that cannot be used; names the package."""

    slug = "extension-broken"
