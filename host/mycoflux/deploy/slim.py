"""Makes device source small enough for a board with 9 KB of heap: pure functions on Python source.

Facts that host and boards share (message numbers, the image layout, arithmetic, framing) live once,
under `myco` and `myco_hal`. A board that cannot hold those modules still must not have a copy of them,
so this takes what is *used* out of them: constants become literals where they are used, and functions
and classes are spliced in, with all that they use in turn. Docstrings, comments and annotations go.

What may not enter here: files, boards, names of particular modules.
"""

from __future__ import annotations

import ast
import copy
import operator
from collections.abc import Callable, Mapping
from typing import Protocol

from mycoflux.errors import InstallError

Constant = int | bytes | str

_DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def slim(source: str, shared: Mapping[str, str]) -> str:
    """`source` with everything it uses of the `shared` modules in it, and nothing it does not need.

    Args:
        source: a module that may say `from myco import wire` or `from myco.kernel import integrate`.
        shared: source of each shared module by its dotted name.

    Raises:
        InstallError: the source uses something that cannot be taken over.
    """
    splicer = _Splicer(shared)
    own = Module("", source)
    body: list[ast.stmt] = []
    for statement in own.tree.body:
        if _is_shared_import(statement, shared):
            splicer.take_explicit(statement)
        else:
            body.append(splicer.rewrite(statement, own))
    return render([*splicer.imports(), *splicer.spliced, *body])


def with_values(source: str, values: Mapping[str, Constant]) -> str:
    """`source` with other values for these module-level names (a version, a limit of the board).

    Raises:
        InstallError: the source does not assign one of them.
    """
    tree = ast.parse(source)
    missing = set(values)
    for statement in tree.body:
        name = assigned_name(statement)
        if isinstance(statement, ast.Assign) and name in values:
            statement.value = ast.Constant(values[name])
            missing.discard(name)
    if missing:
        raise InstallError(
            f"no value '{min(missing)}' to replace", remedy="Correct the name in the installer"
        )
    return ast.unparse(ast.fix_missing_locations(tree))


def render(body: list[ast.stmt]) -> str:
    """Source of `body` as MicroPython 1.9 reads it on a board without memoryview."""
    module = ast.Module(body=body, type_ignores=[])
    return bare(_Dialect().visit(module))


def bare(module: ast.Module) -> str:
    """Source of `module` without what says nothing to a machine, indented by one space a level."""
    tree = ast.fix_missing_locations(_Strip().visit(module))
    lines = []
    for line in ast.unparse(tree).splitlines():
        code = line.lstrip(" ")
        if code:
            lines.append(" " * ((len(line) - len(code)) // 4) + code)
    return "\n".join(lines) + "\n"


def constants(source: str) -> dict[str, Constant]:
    """The module-level names of `source` whose values can be computed without running it."""
    found: dict[str, Constant] = {}
    for statement in ast.parse(source).body:
        name = assigned_name(statement)
        if name and isinstance(statement, ast.Assign):
            value = evaluate(statement.value, found)
            if value is not None:
                found[name] = value
    return found


_OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.LShift: operator.lshift,
    ast.BitOr: operator.or_,
}


def evaluate(node: ast.expr, names: Mapping[str, Constant]) -> Constant | None:
    """The value of a constant expression, or None where it is none; names: with those of modules, dotted."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | bytes | str):
        return node.value
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return names.get(f"{node.value.id}.{node.attr}")
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = evaluate(node.operand, names)
        return -value if isinstance(value, int) else None
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = evaluate(node.left, names), evaluate(node.right, names)
        if isinstance(left, int) and isinstance(right, int):
            return _OPERATORS[type(node.op)](left, right)
    return None


def assigned_name(statement: ast.stmt) -> str:
    """The name that a simple module-level assignment binds, or nothing."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Name):
            return target.id
    return ""


def _is_shared_import(statement: ast.stmt, shared: Mapping[str, str]) -> bool:
    if isinstance(statement, ast.Import):
        return statement.names[0].name in shared
    if not isinstance(statement, ast.ImportFrom) or statement.module is None:
        return False
    names = [f"{statement.module}.{alias.name}" for alias in statement.names]
    return statement.module in shared or any(name in shared for name in names)


class Module:
    """A module's source, taken apart: what each of its names means."""

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.tree = ast.parse(source)
        self.constants = constants(source) if name else {}
        self.definitions: dict[str, ast.stmt] = {}
        self.aliases: dict[str, str] = {}  # local name -> dotted module, or module:name
        self.plain: dict[str, ast.stmt] = {}  # local name -> import statement of something not shared
        self._read(self.tree.body)

    def _read(self, body: list[ast.stmt]) -> None:
        for statement in body:
            if isinstance(statement, _DEFINITIONS):
                self.definitions[statement.name] = statement
            elif isinstance(statement, ast.Assign) and assigned_name(statement):
                self.definitions.setdefault(assigned_name(statement), statement)
            elif isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    self.aliases[alias.asname or alias.name] = f"{statement.module}.{alias.name}"
                    self.plain[alias.asname or alias.name] = ast.ImportFrom(statement.module, [alias], 0)
            elif isinstance(statement, ast.Import):
                for alias in statement.names:
                    self.aliases[alias.asname or alias.name] = alias.name
                    self.plain[alias.asname or alias.name] = ast.Import([alias])
            elif isinstance(statement, ast.If):
                # `if crc32 is None: def crc32` gives a pure twin of something native: the boards this
                # is for have only the twin.
                self._read(statement.body)


class _Splicer:
    """Collects what is taken out of the shared modules, each thing once, users after used."""

    def __init__(self, shared: Mapping[str, str]) -> None:
        self._modules = {name: Module(name, source) for name, source in shared.items()}
        self.spliced: list[ast.stmt] = []
        self._origins: dict[str, str] = {}
        self._imports: dict[str, ast.stmt] = {}

    def imports(self) -> list[ast.stmt]:
        """The imports of ordinary modules that spliced code needs."""
        return list(self._imports.values())

    def take_explicit(self, statement: ast.stmt) -> None:
        """Splice the functions that `from shared.module import function` names."""
        if not isinstance(statement, ast.ImportFrom):
            return
        for alias in statement.names:
            module = self._modules.get(str(statement.module))
            if module and alias.name not in module.constants:
                self._take(module, alias.name)

    def rewrite(self, statement: ast.stmt, module: Module) -> ast.stmt:
        """`statement` of `module` with shared names replaced by values or by spliced definitions."""
        rewritten = Resolve(self, module).visit(copy.deepcopy(statement))
        assert isinstance(rewritten, ast.stmt)
        return rewritten

    def find(self, dotted: str) -> Module | None:
        """The shared module of that dotted name."""
        return self._modules.get(dotted)

    def value(self, module: Module, name: str) -> ast.expr | None:
        """What stands for `name` of `module` in spliced code: a literal, a name, or None: not its own."""
        if name in module.constants:
            return ast.Constant(module.constants[name])
        if module.name and name in module.definitions:
            self._take(module, name)
            return ast.Name(name, ast.Load())
        parent, _, child = module.aliases.get(name, "").rpartition(".")
        origin = self._modules.get(parent)
        if origin is not None:
            return self.value(origin, child)
        if module.name and name in module.plain:
            self._imports.setdefault(name, module.plain[name])
        return None

    def attribute(self, module: Module, name: str) -> ast.expr:
        """The same where another module uses it, which must find it."""
        value = self.value(module, name)
        if value is None:
            raise InstallError(f"{module.name} has no '{name}'", remedy="Correct the use in the nano source")
        return value

    def _take(self, module: Module, name: str) -> None:
        origin = self._origins.setdefault(name, module.name)
        if origin != module.name:
            raise InstallError(
                f"'{name}' of {origin} and of {module.name} cannot both be spliced into one file",
                remedy="Put the users of one of them into a file of their own",
            )
        definition = module.definitions.get(name)
        if definition is None:
            raise InstallError(
                f"{module.name} has no function, class or constant '{name}'",
                remedy="Correct the import in the nano source",
            )
        marker = f"{module.name}:{name}"
        if marker in self._origins:
            return
        self._origins[marker] = module.name
        self.spliced.append(self.rewrite(definition, module))


class Values(Protocol):
    """What is known of a set of modules."""

    def find(self, dotted: str) -> Module | None:
        """The module of the set of that dotted name."""

    def value(self, module: Module, name: str) -> ast.expr | None:
        """What stands for `name` of `module` where it is used, or None: it stays as it is."""

    def attribute(self, module: Module, name: str) -> ast.expr | None:
        """The same where another module uses it."""


class Resolve(ast.NodeTransformer):
    """Replaces names and attributes of modules of a set in statements of one of them."""

    def __init__(self, values: Values, module: Module) -> None:
        self._values = values
        self._module = module
        self._local: list[set[str]] = []

    def _is_local(self, name: str) -> bool:
        return any(name in names for names in self._local)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A function's own names hide the module's."""
        self._local.append(locals_of(node))
        visited = self.generic_visit(node)
        self._local.pop()
        return visited

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """`wire.STEP` becomes its value, `crc.crc32` the spliced function."""
        if (
            isinstance(node.value, ast.Name)
            and isinstance(node.ctx, ast.Load)
            and not self._is_local(node.value.id)
        ):
            target = self._values.find(self._module.aliases.get(node.value.id, ""))
            value = self._values.attribute(target, node.attr) if target is not None else None
            if value is not None:
                return value
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A name of the module itself, unless it is a local one."""
        if not isinstance(node.ctx, ast.Load) or self._is_local(node.id):
            return node
        return self._values.value(self._module, node.id) or node


def locals_of(function: ast.FunctionDef) -> set[str]:
    """Arguments and assigned names of a function, without what it declares global."""
    names = {a.arg for a in ast.walk(function.args) if isinstance(a, ast.arg)}
    outside: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            names.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.Global):
            outside.update(node.names)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update(a.asname or a.name for a in node.names)
    return names - outside


class _Strip(ast.NodeTransformer):
    """Drops what costs memory and says nothing to a machine."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """Docstrings go."""
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Annotations go; a body that was a docstring only keeps a statement."""
        node.returns = None
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """As functions."""
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """An argument's annotation goes."""
        node.annotation = None
        return node


class _Dialect(ast.NodeTransformer):
    """Speaks the dialect of small boards."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """`memoryview(x)` becomes `x`: a slice to read is then a copy, which is as right, only slower."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "memoryview" and len(node.args) == 1:
            return node.args[0]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Boards without memoryview cannot assign to a slice either; better known here than there."""
        if isinstance(node.slice, ast.Slice) and not isinstance(node.ctx, ast.Load):
            raise InstallError(
                f"'{ast.unparse(node)}' is assigned to: small boards have no slice assignment",
                remedy="Write a loop in the nano source",
            )
        return self.generic_visit(node)
