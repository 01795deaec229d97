"""YAML text -> a tree of nodes, each with its place. No tags, no anchors: what is written is meant."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from mycoflux.errors import CircuitError

Scalar = None | bool | int | float | str
DEEPEST = 60  # nesting of lists and mappings
_YAML = (1, 2)

_INTEGER = re.compile(r"[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Node:
    """A scalar, a list of nodes, or a mapping of nodes; of a mapping also where its keys are."""

    value: Scalar | list[Node] | dict[str, Node]
    place: Place
    keys: dict[str, Place] = field(default_factory=dict)

    @property
    def mapping(self) -> dict[str, Node]:
        """Its entries; none where it is no mapping."""
        return self.value if isinstance(self.value, dict) else {}


def fail(place: object, what: str, remedy: str) -> NoReturn:
    """Raise the CircuitError of a place."""
    raise CircuitError(what, where=str(place), remedy=remedy)


def parse(content: bytes, file: str) -> Node:
    """The tree of one YAML document.

    Raises:
        CircuitError: it is not UTF-8 or not YAML, is empty, has several documents, tags, anchors or aliases,
            a key twice, or is nested too deeply.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        fail(Place(file, line, 1), "the file is not UTF-8 text", "Save it as UTF-8")
    try:
        root = _Builder(file, text).build(YAML(typ="safe", pure=True).parse(text))
    except ReaderError as error:
        before = text[: error.position]
        place = Place(file, before.count("\n") + 1, error.position - before.rfind("\n"))
        fail(place, "a character that YAML does not allow", "Remove it; circuit files are plain text")
    except MarkedYAMLError as error:
        _not_yaml(error, file)
    except YAMLError as error:
        fail(Place(file, 1, 1), f"this is not YAML: {error}", "See docs/circuit-files.md for an example")
    if root is None:
        fail(Place(file, 1, 1), "the file is empty", "Begin it with `mycoflux: 1`; see docs/circuit-files.md")
    return root


class _Builder:
    """Parser events to nodes, with a stack of its own: depth costs no recursion."""

    def __init__(self, file: str, text: str) -> None:
        self._file, self._text = file, text
        self._open: list[tuple[Node, list[Node]]] = []
        self._root: Node | None = None

    def build(self, events: Iterator[Any]) -> Node | None:
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                self._document(event)
            elif kind == "AliasEvent" or getattr(event, "anchor", None):
                fail(
                    self._place(event),
                    "anchors and aliases (& and *) are not part of circuit files",
                    "Use a parameter for a value, `include` for a part that occurs more than once",
                )
            elif kind == "ScalarEvent":
                self._add(Node(self._scalar(event), self._place(event)))
            elif kind in ("MappingStartEvent", "SequenceStartEvent"):
                self._begin(event, {} if kind == "MappingStartEvent" else [])
            elif kind in ("MappingEndEvent", "SequenceEndEvent"):
                self._end()
        return self._root

    def _document(self, event: Any) -> None:
        if self._root is not None:
            fail(self._place(event), "a second document begins here", "Write one circuit a file")
        if event.version not in (None, _YAML):
            said = ".".join(map(str, event.version))
            directive = re.search("^%YAML", self._text, re.MULTILINE)
            line = self._text.count("\n", 0, directive.start() if directive else 0) + 1
            fail(
                Place(self._file, line, 1),
                f"the file says that it is YAML {said}, where `yes` and 010 mean something else",
                "Remove the line; circuit files are YAML 1.2",
            )

    def _place(self, event: Any) -> Place:
        return Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _scalar(self, event: Any) -> Scalar:
        self._no_tag(event)
        return event.value if event.style else plain(event.value)

    def _no_tag(self, event: Any) -> None:
        if event.tag is not None:
            fail(
                self._place(event),
                f"the tag {_short(str(event.tag))} is not part of circuit files",
                "Remove it",
            )

    def _begin(self, event: Any, empty: list[Node] | dict[str, Node]) -> None:
        self._no_tag(event)
        if len(self._open) >= DEEPEST:
            fail(
                self._place(event),
                "lists and mappings are nested too deeply",
                f"{DEEPEST} levels are the most",
            )
        self._open.append((Node(empty, self._place(event)), []))

    def _end(self) -> None:
        node, children = self._open.pop()
        if isinstance(node.value, list):
            node.value.extend(children)
        elif isinstance(node.value, dict):
            self._pair_up(node, node.value, children)
        self._add(node)

    def _add(self, node: Node) -> None:
        if self._open:
            self._open[-1][1].append(node)
        else:
            self._root = node

    @staticmethod
    def _pair_up(node: Node, entries: dict[str, Node], children: Sequence[Node]) -> None:
        for key, value in zip(children[::2], children[1::2], strict=True):
            if isinstance(key.value, list | dict) or key.value is None:
                fail(key.place, "a key must be a word", "Write `key: value`")
            name = str(key.value)
            if name in entries:
                fail(
                    key.place,
                    f"the key '{name}' is written twice (first in line {node.keys[name].line})",
                    "Keep one of them",
                )
            entries[name] = value
            node.keys[name] = key.place


def plain(text: str) -> Scalar:
    """What an unquoted scalar means: the core schema of YAML 1.2, so `yes` and `on` are words."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        digits = text.lstrip("+-")
        base = {"0x": 16, "0o": 8}.get(digits[:2], 10)
        if len(digits) > 250:  # more than a float holds, or soon; Python refuses thousands of digits
            return float(text) if base == 10 else math.inf
        return int(text, base)
    return float(text) if _FLOAT.fullmatch(text) else text


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _not_yaml(error: MarkedYAMLError, file: str) -> NoReturn:
    mark = error.problem_mark or error.context_mark
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
    problem = str(error.problem or error.context)
    if "'\\t'" in problem:
        fail(place, "a tab where only blanks may stand", "Indent with blanks")
    if "mapping values are not allowed" in problem:
        fail(
            place,
            "a colon where none can be",
            'Indent the line like its neighbours, or quote the text: "a: b"',
        )
    begun = f" ({error.context})" if error.context and error.problem else ""
    remedy = "Check brackets, quotes and indentation up to here"
    if "but got '{'" in problem or "but got '['" in problem:
        remedy = 'Quote what has brackets of its own: "${gain_v}", "legs[0]/lift"'
    fail(place, f"this is not YAML: {problem}{begun}", remedy)
