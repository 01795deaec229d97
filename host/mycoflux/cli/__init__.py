"""The command line: one file a command. What may not enter: anything but arguments and printing."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer

from mycoflux import __version__
from mycoflux.cli import console
from mycoflux.cli.boards import boards
from mycoflux.cli.build import build
from mycoflux.cli.demo import demo
from mycoflux.cli.export import export
from mycoflux.cli.flash import flash
from mycoflux.cli.inspect import inspect
from mycoflux.cli.run import run
from mycoflux.cli.schema import schema
from mycoflux.cli.validate import validate
from mycoflux.errors import MycofluxError, SystemProblem, UsageError

app = typer.Typer(
    help="Write a spiking circuit once; run the same integers on a desktop and on a 5-dollar board.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)

COMMANDS: dict[str, Callable[..., None]] = {
    "demo": demo,
    "build": build,
    "export": export,
    "inspect": inspect,
    "flash": flash,
    "run": run,
    "validate": validate,
    "boards": boards,
    "schema": schema,
}
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)


def _version(wanted: bool) -> None:
    if wanted:
        console.out.print(f"mycoflux {__version__}", markup=False)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Write a spiking circuit once; run the same integers on a desktop and on a 5-dollar board."""


def main() -> None:
    """Run the command line; ends the process with 0, 1 (try again), 2 (your input) or 64 and up."""
    signal.signal(signal.SIGTERM, _terminated)  # so that emulated boards end and remove their files
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except MycofluxError as error:
        _tell(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        console.say("interrupted")
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output went away; that is no error of ours, and not one that a retry would mend.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO, errno.EBADF):
            _bug(error)
        problem = SystemProblem(
            f"output cannot be written: {error.strerror}", remedy="Make room, or send it elsewhere"
        )
        _tell(problem)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(problem.exit_code)
    except MemoryError:
        problem = SystemProblem(
            "this computer's memory is too small for that", remedy="Use fewer neurons, synapses or ticks"
        )
        _tell(problem)
        sys.exit(problem.exit_code)
    except typer.Abort:
        sys.exit(1)
    except Exception as error:
        if hasattr(error, "format_message"):  # typer has its usage errors from click, or from its own copy
            _misused(error)
        _bug(error)


def _misused(error: Any) -> NoReturn:
    """What the command line's parser says of its arguments, in our words and as JSON where that was asked."""
    if type(error).__name__.startswith("NoArgs"):
        error.show()
        sys.exit(error.exit_code)
    command = error.ctx.command_path if getattr(error, "ctx", None) else "mycoflux"
    problem = UsageError(
        error.format_message().removesuffix("."), remedy=f"`{command} --help` shows what it takes"
    )
    _tell(problem)
    sys.exit(problem.exit_code)


def _terminated(*_: object) -> None:
    sys.exit(128 + signal.SIGTERM)


def _bug(error: Exception) -> NoReturn:
    if os.environ.get("MYCOFLUX_DEBUG"):
        raise error
    bug = MycofluxError(
        f"this is a bug in mycoflux: {type(error).__name__}: {error}",
        remedy="Run it again with MYCOFLUX_DEBUG=1 and report what it prints",
    )
    _tell(bug)
    sys.exit(bug.exit_code)


def _tell(error: MycofluxError) -> None:
    if "--json" in sys.argv:
        console.print_json(error.as_dict())
        return
    console.err.print("error:", style="bold red", end=" ")
    console.say(f"{error.where}: {error.what}" if error.where else error.what)
    if error.remedy:
        console.say(f"  {error.remedy}" if error.remedy.endswith(("?", "!", ".")) else f"  {error.remedy}.")
