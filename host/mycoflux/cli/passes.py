"""`mycoflux build --print PASS`: what passes make, as text on stdout, each as soon as it is made."""

from __future__ import annotations

from collections.abc import Sequence

from mycoflux.circuit.suggest import instead
from mycoflux.cli import console
from mycoflux.compiler.passes import PASSES, Watch
from mycoflux.compiler.text import as_text
from mycoflux.errors import InvalidInput

ALL = "all"
PRINT_HELP = f"Print what a pass makes, instead of the report: {', '.join(PASSES)}; or `{ALL}`."


def printer(wanted: Sequence[str], there: Sequence[str]) -> Watch:
    """Print what the passes `wanted` make, under a heading each where there are several.

    there: the passes of this build.

    Raises:
        InvalidInput: this build has no pass of that name.
    """
    for name in wanted:
        if name not in there and name != ALL:
            raise InvalidInput(f"--print {name}: {_why_not(name)}", remedy=instead(name, there))
    shown = set(there if ALL in wanted else wanted)

    def watch(name: str, made: object) -> None:
        if name in shown:
            heading = f"== {name}: {PASSES[name]} ==\n" if len(shown) > 1 else ""
            console.out.out(heading + as_text(made), end="", highlight=False)

    return watch


def _why_not(name: str) -> str:
    if name not in PASSES:
        return "no pass is called that"
    return "that pass is for several boards (--boards)" if name != "emit" else "that pass is for one board"
