"""`${2 * weight_v}`: arithmetic in the values of a circuit file. Numbers and names, nothing that can act."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping

from mycoflux.circuit.file.text import Place, fail
from mycoflux.circuit.suggest import instead

Value = bool | int | float | str | list[float]
Scope = Mapping[str, Value]

FUNCTIONS: dict[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "round": round,
    "floor": math.floor,
    "ceil": math.ceil,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "sin": math.sin,
    "cos": math.cos,
}
CONSTANTS: dict[str, Value] = {"pi": math.pi, "inf": math.inf}
_OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_SIGNS = "+ - * / // % **"
_CHANGE = "Change the expression, or the parameters in it"
_LONGEST = 1000
_DEEPEST = 50
_LARGEST = 2**64  # of whole numbers: powers of powers would not end
_PIECE = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")


def expand(text: str, scope: Scope, place: Place) -> Value:
    """`text` with its expressions worked out: their value where it is one expression, else a text.

    `$${` stands for `${` itself.

    Raises:
        CircuitError: an expression is none, names what is not there, or has no result.
    """
    if "${" not in text:
        return text
    whole = _PIECE.fullmatch(text.strip())
    if whole and whole[2]:
        return evaluate(whole[1], scope, place)
    return _PIECE.sub(lambda piece: _in_text(piece, scope, place), text)


def _in_text(piece: re.Match[str], scope: Scope, place: Place) -> str:
    if piece[1] is None:
        return "${"
    if not piece[2]:
        fail(place, "an expression has no end", "Close it with }; for the signs themselves write $${")
    value = evaluate(piece[1], scope, place)
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def evaluate(source: str, scope: Scope, place: Place) -> Value:
    """The value of one expression, without its braces."""
    if len(source) > _LONGEST:
        fail(place, f"an expression of {len(source):,} signs", f"{_LONGEST:,} is the most; use parameters")
    try:
        tree = ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        fail(place, f"'{source}' is no expression", f"Write numbers, parameters and {_SIGNS}")
    return _Evaluation(source.strip(), scope, place).value(tree.body, 0)


class _Evaluation:
    def __init__(self, source: str, scope: Scope, place: Place) -> None:
        self._source, self._scope, self._place = source, scope, place

    def value(self, node: ast.AST, depth: int) -> Value:
        """The value of a name, which may be a text, or of arithmetic."""
        if isinstance(node, ast.Name):
            return self._named(node.id)
        return self._number(node, depth)

    def _number(self, node: ast.AST, depth: int) -> float:
        if depth > _DEEPEST:
            fail(self._place, "an expression is nested too deeply", "Use parameters for parts of it")
        if isinstance(node, ast.Name):
            return self._as_number(self._named(node.id), node.id)
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return self._calculated(operator.pos, self._as_number(node.value, str(node.value)))
        if isinstance(node, ast.BinOp):
            pair = self._number(node.left, depth + 1), self._number(node.right, depth + 1)
            if isinstance(node.op, ast.Pow):
                return self._calculated(_power, *pair)
            if type(node.op) in _OPERATORS:
                return self._calculated(_OPERATORS[type(node.op)], *pair)
        if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
            return self._calculated(_OPERATORS[type(node.op)], self._number(node.operand, depth + 1))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            return self._called(node.func.id, [self._number(a, depth + 1) for a in node.args])
        fail(
            self._place,
            f"'{ast.unparse(node)}' cannot be part of an expression",
            f"Write numbers, parameters, {_SIGNS} and {', '.join(FUNCTIONS)}",
        )

    def _named(self, name: str) -> Value:
        known = {**CONSTANTS, **self._scope}
        if name not in known:
            remedy = instead(name, known)
            if not remedy.endswith("?"):
                remedy += f"; or declare it: parameters: {{{name}: 1.0}}"
            fail(self._place, f"no parameter is called '{name}'", remedy)
        return known[name]

    def _as_number(self, value: Value, name: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            fail(self._place, f"'{name}' is {value!r}, which is no number", "Calculate with numbers")
        return value

    def _called(self, name: str, arguments: list[float]) -> float:
        if name not in FUNCTIONS:
            fail(self._place, f"no function is called '{name}'", instead(name, FUNCTIONS))
        return self._calculated(FUNCTIONS[name], *arguments)

    def _calculated(self, function: Callable[..., float], *operands: float) -> float:
        try:
            result = function(*operands)
            if isinstance(result, int) and abs(result) >= _LARGEST:
                result = float(result)
        except ZeroDivisionError:
            fail(self._place, f"'{self._source}' divides by zero", _CHANGE)
        except OverflowError:
            fail(self._place, f"'{self._source}' is too large", _CHANGE)
        except (ValueError, TypeError) as error:
            fail(self._place, f"'{self._source}' has no result: {error.args[-1]}", _CHANGE)
        if isinstance(result, complex) or result != result:
            fail(self._place, f"'{self._source}' has no real result", _CHANGE)
        return result


def _power(base: float, exponent: float) -> float:
    small = (
        isinstance(base, int) and isinstance(exponent, int) and 0 <= exponent <= 64 and abs(base) < 1 << 16
    )
    result: float = base**exponent if small else float(base) ** exponent
    return result
