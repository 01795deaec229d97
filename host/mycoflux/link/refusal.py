"""What a board's refusal of a request means, and what to do about it."""

from __future__ import annotations

from myco import wire
from mycoflux.errors import BoardError

_PROBLEMS = {
    wire.E_UNKNOWN_REQUEST: "it does not know request {detail}",
    wire.E_SHORT_REQUEST: "a request was malformed (detail {detail})",
    wire.E_NO_PROGRAM: "it has no program",
    wire.E_WRONG_TICK: "it is at tick {detail}, not where this run is: it was reset, or another steps it",
    wire.E_WRONG_OFFSET: "a transfer lost its place at byte {detail}",
    wire.E_FILE_SYSTEM: "its file system refused the program (errno {detail})",
    wire.E_PROTOCOL: "it speaks version {detail} of the protocol",
    wire.E_RUNNING: "it ticks by its own clock, and is at tick {detail}",
    wire.E_INTERNAL: "its runtime met an error it did not expect, in request {detail}",
}
_REMEDIES = {
    wire.E_NO_PROGRAM: "Put one there: `mycoflux flash CIRCUIT --board URL`",
    wire.E_WRONG_TICK: "Start the run again",
    wire.E_RUNNING: "Halt it first: `Session.halt()`",
    wire.E_FILE_SYSTEM: "Free some space on the board, then flash again",
    wire.E_PROTOCOL: "Flash the runtime again: `mycoflux flash`",
}


class Refusal(BoardError):
    """The board answered a request with an error; `code` is one of wire.E_*, `detail` as documented there."""

    slug = "refused"

    def __init__(self, code: int, detail: int, where: str) -> None:
        self.code = code
        self.detail = detail
        problem = _PROBLEMS.get(code, f"error {code}, detail {detail}").format(detail=detail)
        super().__init__(
            f"the board refused: {problem}",
            where=where,
            remedy=_REMEDIES.get(code, "Try again; if it stays, flash the board again"),
        )
