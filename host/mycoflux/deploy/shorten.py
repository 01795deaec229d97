"""Gives the names of a set of device modules short new ones: on a small board every new name costs heap.

MicroPython interns each identifier it compiles, for ever, locals included. Most single letters are in
the firmware already and cost nothing. Names are renamed the same way in all modules of the set.
What may not enter here: anything about particular modules or boards.
"""

from __future__ import annotations

import ast
import builtins
import itertools
import string
from collections.abc import Collection, Iterable, Iterator, Mapping

from mycoflux.deploy.slim import locals_of, render
from mycoflux.errors import InstallError

# Attributes of MicroPython's own objects that device code uses. A name of the set's own that is spelled
# like one of these keeps its spelling; it costs nothing, since the firmware has it already.
FOREIGN = frozenset(
    (
        "any",
        "append",
        "args",
        "close",
        "collect",
        "errno",
        "find",
        "join",
        "listdir",
        "mem_free",
        "pack_into",
        "read",
        "readinto",
        "remove",
        "replace",
        "size",
        "unpack",
        "unpack_from",
        "write",
    )
)


def shorten(sources: Mapping[str, str], keep: Iterable[str] = ()) -> dict[str, str]:
    """`sources` (module name to source) with all names of their own made short, except those in `keep`."""
    trees = {module: ast.parse(source) for module, source in sources.items()}
    fixed = set(keep) | set(sources) | FOREIGN | set(dir(builtins))
    for tree in trees.values():
        fixed |= _foreign_names(tree, set(sources))
    attributes = _assign(_own_attributes(trees.values()) - fixed, fixed, ())
    module_names = _assign(_own_globals(trees.values()) - fixed, fixed, ())
    return {module: _renamed(tree, attributes, module_names, fixed) for module, tree in trees.items()}


def private_attributes(trees: Iterable[ast.Module]) -> dict[str, str]:
    """A short name for each attribute that begins with an underscore; no function's."""
    trees = list(trees)
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    functions = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    private = {name for name in _own_attributes(trees) if name.startswith("_")}
    return _assign(private - functions, names | functions | FOREIGN, ())


def shorten_hidden(trees: Collection[ast.Module], attributes: Mapping[str, str]) -> None:
    """Make names short, in place, of which no traceback and no other module speaks.

    That is: functions' own variables, private variables of modules, and `attributes`. What may be given by
    name keeps its own: arguments with a default, and those that are.

    Raises:
        InstallError: a function stands in another one, whose variables it may use.
    """
    nodes = [node for tree in trees for node in ast.walk(tree)]
    given = {node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg}
    spelled = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    for tree in trees:
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)]
        _demand_flat(functions)
        fixed = given | _imported(tree)
        fixed |= {a.arg for f in functions for a in (*_with_default(f.args), *f.args.kwonlyargs)}
        bound = {name for statement in tree.body for name in _bound(statement)}
        private = {name for name in bound if name.startswith("_")} - spelled - fixed
        short = _assign(private - {f.name for f in functions if isinstance(f, ast.FunctionDef)}, fixed, bound)
        _Rename(attributes, short, fixed).visit(tree)


def with_attributes(tree: ast.Module, attributes: Mapping[str, str]) -> None:
    """Have the new names of attributes of others in `tree`, and change no name of its own."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    _Rename(attributes, {}, names | arguments).visit(tree)


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Names that a statement of a module assigns to, outside of functions."""
    if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def _demand_flat(functions: Iterable[ast.FunctionDef | ast.Lambda]) -> None:
    for function in functions:
        inner = [node for node in ast.walk(function) if isinstance(node, ast.FunctionDef | ast.Lambda)]
        if len(inner) > 1:
            raise InstallError(
                f"line {inner[1].lineno} of a device module begins a function inside of another",
                remedy="Write it beside that one",
            )


def _with_default(arguments: ast.arguments) -> list[ast.arg]:
    return arguments.args[len(arguments.args) - len(arguments.defaults) :]


def _imported(tree: ast.Module) -> set[str]:
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))
    return {alias.asname or alias.name for node in imports for alias in node.names}


def _candidates() -> Iterator[str]:
    yield from string.ascii_lowercase
    yield from string.ascii_uppercase
    for pair in itertools.product(string.ascii_lowercase, string.ascii_lowercase):
        name = "".join(pair)
        if name not in ("as", "if", "in", "is", "or"):
            yield name


def _assign(names: set[str], fixed: set[str], taken: Iterable[str]) -> dict[str, str]:
    """A short name for each of `names`, none of them in `fixed` or `taken`."""
    avoid = fixed | set(taken)
    fresh = (c for c in _candidates() if c not in avoid)
    return {name: next(fresh) for name in sorted(names)}


def _foreign_names(tree: ast.Module, own: set[str]) -> set[str]:
    """Modules that are imported from outside, what is imported from them, and their attributes."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(a.asname or a.name for a in node.names if a.name not in own)
        elif isinstance(node, ast.ImportFrom) and node.module not in own:
            names.update(a.asname or a.name for a in node.names)
    modules = set(names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            names.add(node.attr)
    return names


def _is_dunder(name: str) -> bool:
    return name.startswith("__")


def _own_attributes(trees: Iterable[ast.Module]) -> set[str]:
    """Methods, class attributes and every attribute that is assigned to."""
    names: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                names.update(n.name for n in node.body if isinstance(n, ast.FunctionDef))
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                names.add(node.attr)
    return {n for n in names if not _is_dunder(n)}


def _own_globals(trees: Iterable[ast.Module]) -> set[str]:
    """Functions, classes and variables of the modules themselves."""
    names: set[str] = set()
    for tree in trees:
        for statement in tree.body:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                names.add(statement.name)
            else:
                for node in ast.walk(statement):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                        names.add(node.id)
    return names


def _renamed(
    tree: ast.Module, attributes: Mapping[str, str], module_names: Mapping[str, str], fixed: set[str]
) -> str:
    renamer = _Rename(attributes, module_names, fixed)
    return render([renamer.visit(statement) for statement in tree.body])


class _Rename(ast.NodeTransformer):
    """Renames one module; a function's locals get letters of their own."""

    def __init__(
        self, attributes: Mapping[str, str], module_names: Mapping[str, str], fixed: set[str]
    ) -> None:
        self._attributes = attributes
        self._globals = module_names
        self._fixed = fixed
        self._locals: dict[str, str] = {}
        self._in_class = False

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """New locals, chosen so that they hide no name the function uses from outside."""
        names = self._attributes if self._in_class else self._globals
        node.name = names.get(node.name, node.name)
        own = locals_of(node)
        outer = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - own
        taken = {self._globals.get(n, n) for n in outer}
        before, self._locals = self._locals, _assign(own - self._fixed, own & self._fixed, taken)
        inside, self._in_class = self._in_class, False
        self.generic_visit(node)
        self._locals, self._in_class = before, inside
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Methods are attributes."""
        node.name = self._globals.get(node.name, node.name)
        inside, self._in_class = self._in_class, True
        self.generic_visit(node)
        self._in_class = inside
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """An argument is a local."""
        node.arg = self._locals.get(node.arg, node.arg)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A local first, then a module's own."""
        node.id = self._locals.get(node.id) or self._globals.get(node.id, node.id)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        """The name of a caught exception is a local."""
        if node.name:
            node.name = self._locals.get(node.name, node.name)
        return self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> ast.AST:
        """`global` names module variables."""
        node.names = [self._globals.get(n, n) for n in node.names]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Attributes are renamed by spelling alone, the same everywhere."""
        node.attr = self._attributes.get(node.attr, node.attr)
        return self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        """`from nano_x import name` between modules of the set."""
        for alias in node.names:
            alias.name = self._globals.get(alias.name, alias.name)
        return node
