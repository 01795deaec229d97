"""What other installed packages bring: objects that they name under an entry point group.

Nothing is imported before it is asked for by name, so that a broken package harms only those who use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any

from mycoflux.errors import ExtensionBroken


@cache
def found(group: str) -> Mapping[str, tuple[EntryPoint, ...]]:
    """The entry points of a group by name, sorted; more than one of a name is the packages' mistake."""
    by_name: dict[str, dict[tuple[str, str], EntryPoint]] = {}
    for point in entry_points(group=group):
        # A package that lies on the path twice is one package.
        by_name.setdefault(point.name, {})[(distribution(point), point.value)] = point
    return MappingProxyType({name: tuple(by_name[name].values()) for name in sorted(by_name)})


def distribution(point: EntryPoint) -> str:
    """The name of the package that has the entry point."""
    return point.dist.name if point.dist is not None else "an unnamed package"


def entry_point(group: str, name: str, builtin: bool = False) -> EntryPoint:
    """The only entry point of that name; it must be there.

    builtin: whether mycoflux itself has something of that name.

    Raises:
        ExtensionBroken: more than one package has it, or a package and mycoflux.
    """
    points = found(group)[name]
    owners = [distribution(point) for point in points] + (["mycoflux"] if builtin else [])
    if len(owners) > 1:
        raise ExtensionBroken(
            f"'{name}' is defined by {' and by '.join(sorted(owners))}",
            where=f"entry points {group}",
            remedy="Uninstall all but one of them, or have one rename what it brings",
        )
    return points[0]


def load(point: EntryPoint) -> Any:
    """The object that an entry point names.

    Raises:
        ExtensionBroken: importing it fails; names the package that has it.
    """
    try:
        return point.load()
    except Exception as error:
        raise broken(point, f"cannot be imported: {type(error).__name__}: {error}") from error


def broken(point: EntryPoint, why: str) -> ExtensionBroken:
    """The error of an entry point that cannot be used."""
    return ExtensionBroken(
        f"'{point.name}' of package '{distribution(point)}' {why}",
        where=f"{point.group}: {point.value}",
        remedy=f"Correct, update or uninstall '{distribution(point)}'",
    )
