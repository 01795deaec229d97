"""From a board URL to a session with a running, current runtime: open, ask, install if need be, start."""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from myco import layout, wire
from mycoflux.deploy import kernel_trial, kernels, nano, nano_bundle, runtime
from mycoflux.deploy.difference import difference
from mycoflux.deploy.runtime import InstallReport
from mycoflux.deploy.runtime import Progress as InstallProgress
from mycoflux.errors import BoardUrlError, InstallError, LinkError
from mycoflux.link import board_url
from mycoflux.link.board_file import BoardFile
from mycoflux.link.refusal import Refusal
from mycoflux.link.repl import RUNTIME_MINIMUM, Identity, Repl
from mycoflux.link.session import Session, Welcome, answers
from mycoflux.link.stream import ByteStream
from mycoflux.link.transfer import Splice
from mycoflux.link.urls import board_file_for, open_stream

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Installed:
    """What is on the board now, and which kernels are not because they failed there: names and reasons."""

    report: InstallReport
    failed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Kind:
    """One of the two runtimes: what it consists of, how it gets onto a board and how it starts."""

    install: Callable[[Repl, Identity, str | None, InstallProgress | None], _Installed]
    acceptable: Callable[[str | None], Collection[bytes]]  # names of bundles that need no installing
    make_room: Callable[[Repl], None]  # before anything is asked
    start: str
    minimum: tuple[int, int]  # oldest MicroPython
    reply_timeout_s: float  # before a request is repeated; longer than the slowest board's slowest answer


def _forget_modules(repl: Repl) -> None:
    """Make the board import the runtime's files anew: an older version may still be in its memory."""
    repl.exec(
        "import gc, sys\n"
        "for _m in [m for m in sys.modules if m.split('.')[0] in ('myco', 'myco_hal')]: del sys.modules[_m]\n"
        "gc.collect()"
    )


def _install_myco(
    repl: Repl, identity: Identity, forced: str | None, progress: InstallProgress | None
) -> _Installed:
    """The runtime, and the fastest kernel that is right on this board."""
    wanted = kernels.for_board(identity, forced, repl.stream.url)
    failed = kernel_trial.barred(repl, wanted)
    report: InstallReport | None = None
    for name in wanted.names():
        if name in failed:
            continue
        now = runtime.install(repl, wanted.bundle(name), progress)
        report = now if report is None else report.followed_by(now)
        _forget_modules(repl)
        outcome = kernel_trial.trial(repl, wanted, name)
        if outcome == kernel_trial.RIGHT:
            return _Installed(report, failed)
        failed[name] = outcome
    raise InstallError(
        f"the kernel '{forced}' {kernel_trial.REASONS[failed[str(forced)]]}",
        where=repl.stream.url,
        remedy=f"Leave kernel={forced} out: the fastest that works is then chosen",
    )


def _install_nano(
    repl: Repl, identity: Identity, forced: str | None, progress: InstallProgress | None
) -> _Installed:
    del identity
    if forced is not None:
        raise InstallError(
            "this board's runtime has one kernel only",
            where=repl.stream.url,
            remedy=f"Leave kernel={forced} out",
        )
    return _Installed(nano.install(repl, progress))


def _nano_bundles(forced: str | None) -> Collection[bytes]:
    return () if forced is not None else tuple(bundle.id for bundle in nano_bundle.bundles())


_KINDS = {
    "myco": _Kind(
        _install_myco,
        kernels.acceptable,
        _forget_modules,
        "import myco.main\nmyco.main.run()",
        RUNTIME_MINIMUM,
        2.0,
    ),
    "nano": _Kind(_install_nano, _nano_bundles, Repl.soft_reset, nano.START, (1, 9), 8.0),
}


@dataclass(frozen=True)
class Transfer:
    """What it took to put an image onto a board."""

    sent: int = 0  # bytes of the image that were sent
    copied: int = 0  # bytes of it that were copied on the board
    bytes_out: int = 0  # bytes that went to the board, frames and all
    bytes_in: int = 0  # and that came from it


class Connected:
    """A board whose runtime runs, and what it took to get there. Closing it closes the stream."""

    def __init__(
        self,
        session: Session,
        welcome: Welcome,
        files_sent: tuple[str, ...] = (),
        bytes_sent: int = 0,
        kernels_failed: Mapping[str, str] | None = None,
        note: str = "",
    ) -> None:
        self.session = session
        self.welcome = welcome
        self.files_sent = files_sent
        self.bytes_sent = bytes_sent
        self.kernels_failed = dict(kernels_failed or {})  # names, and why: of `kernel_trial.REASONS`
        self.note = note  # what the user should know of how the runtime was installed
        self.transfer = Transfer()  # what the last `put` took

    def put(self, image: bytes, progress: Progress | None = None) -> bool:
        """Make sure that the board runs `image`; False if it did already and nothing was sent.

        Raises:
            DoesNotFit: the board has not the memory for it.
        """
        self.transfer = Transfer()
        running = self.welcome.program
        if running == struct.unpack("<I", image[-4:])[0]:
            return False
        self.welcome = replace(self.welcome, program=0)  # if this fails, nobody knows what is there
        before = (self.session.bytes_out, self.session.bytes_in)
        splices = self._difference(image, running) if running else ()
        try:
            self.session.put(image, progress, splices)
        except Refusal as refusal:
            if not splices or (refusal.code, refusal.detail) != (wire.E_IMAGE, layout.IMAGE_CRC):
                raise
            splices = ()  # the difference was a guess, and it was wrong
            self.session.put(image, progress)
        self.welcome = self.session.hello()
        self.transfer = Transfer(
            sum(len(splice.fresh) for splice in splices) if splices else len(image),
            sum(splice.size for splice in splices),
            self.session.bytes_out - before[0],
            self.session.bytes_in - before[1],
        )
        return True

    def _difference(self, image: bytes, running: int) -> tuple[Splice, ...]:
        """Empty where the whole image is to be sent."""
        if len(image) > wire.MAX_IMAGE:
            return ()  # which is refused
        try:
            return difference(image, running, self.session.checksums)
        except Refusal as refusal:
            if refusal.code != wire.E_UNKNOWN_REQUEST:
                raise
            return ()  # a runtime for few bytes of heap, which has no checksums

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.stream.close()


def connect(url: str, progress: InstallProgress | None = None) -> Connected:
    """Open the board at `url` and bring the host's runtime to run on it.

    Raises:
        BoardUrlError, BoardNotFound, BoardBusy, WrongFirmware, FirmwareTooOld, EmulatorMissing,
        InstallError, LinkError, BoardLost: each says what to do.
    """
    board = board_file_for(url)
    stream = open_stream(url)
    try:
        return connect_stream(stream, board, progress, _forced(url))
    except BaseException:
        stream.close()
        raise


def _forced(url: str) -> str | None:
    """The kernel that a board URL asks for.

    Raises:
        BoardUrlError: there is none of that name.
    """
    given = board_url.parse(url).options.get("kernel")
    if given is not None and given not in kernels.NAMES:
        raise BoardUrlError(
            f"no kernel is called '{given}'",
            where=url,
            remedy="Write " + " or ".join(f"kernel={name}" for name in kernels.NAMES),
        )
    return given


def connect_stream(
    stream: ByteStream,
    board: BoardFile | None,
    progress: InstallProgress | None = None,
    kernel: str | None = None,
) -> Connected:
    """The same over a stream that is open already; it stays open when this fails.

    Args:
        stream: to a board in any state: at its prompt, running a program, in the middle of a transfer.
        board: what is known of it; None to find out by asking.
        progress: called with (file, bytes done, bytes in all) while the runtime is sent.
        kernel: one of kernels.NAMES that is to run; None for the fastest that works there.
    """
    if not stream.has_repl:
        session = Session(stream)
        return Connected(session, session.hello())
    welcome = answers(stream)
    if welcome is not None:
        for kind in _KINDS if board is None else (board.runtime,):
            if welcome.bundle in _KINDS[kind].acceptable(kernel):
                session = Session(stream, _KINDS[kind].reply_timeout_s)
                return Connected(session, session.hello())
    repl = Repl(stream)
    repl.enter()
    kind = _ask_kind(repl) if board is None else board.runtime
    _KINDS[kind].make_room(repl)  # what ran before may have left too little heap even to ask
    identity = repl.identify(_KINDS[kind].minimum if board is None else board.micropython_min)
    return _start(repl, _KINDS[kind], _KINDS[kind].install(repl, identity, kernel, progress))


def _ask_kind(repl: Repl) -> str:
    """Which runtime suits the board at this prompt: the small one for a heap below 16 KiB."""
    identity = repl.identify(minimum=(1, 0))
    return "nano" if identity.version < RUNTIME_MINIMUM and identity.heap_free < 16 * 1024 else "myco"


def _start(repl: Repl, kind: _Kind, installed: _Installed) -> Connected:
    repl.soft_reset()  # the heap is the runtime's: nothing of an installation or a kernel's trial is in it
    repl.start(kind.start)
    session = Session(repl.stream, kind.reply_timeout_s)
    try:
        welcome = session.hello()
    except LinkError as error:
        raise InstallError(
            f"the runtime was installed but does not answer (it said {repl.rest()[-200:]!r})",
            where=repl.stream.url,
            remedy="Reset the board and try again; if it stays, erase its file system",
        ) from error
    report = installed.report
    if welcome.bundle != report.id:
        raise InstallError(
            "the board runs another runtime than the one just installed",
            where=repl.stream.url,
            remedy="Reset the board and try again",
        )
    return Connected(session, welcome, report.sent, report.sent_bytes, installed.failed, report.note)
