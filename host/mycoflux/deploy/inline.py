"""Makes a set of device modules small: a module-level name costs a board heap, and so does text for people.

Constants become literals where they are used, across the modules, and go with all that nobody needs then:
assignments, imports of modules, docstrings, comments, annotations. What is left does the same.
What may not enter here: files, boards, names of particular modules.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Collection, Iterator, Mapping

from mycoflux.deploy.shorten import private_attributes, shorten_hidden, with_attributes
from mycoflux.deploy.slim import Constant, Module, Resolve, assigned_name, bare, evaluate

_PURE = (ast.Constant, ast.Tuple, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.expr_context)


def inline(sources: Mapping[str, str]) -> dict[str, str]:
    """`sources`, by dotted name of the module, made small; modules, functions and classes keep their names.

    So do attributes and variables of modules that do not begin with an underscore. A constant is kept, too,
    where an attribute of any object, or a text, is spelled as it is.
    """
    return dict(_inline(tuple(sorted(sources.items()))))


def with_literals(source: str, sources: Mapping[str, str]) -> str:
    """`source`, a script, as it runs beside modules that `inline` made small.

    What it takes of their constants, which are gone there, are literals; attributes are called as there.
    """
    values = _Values(sources)
    tree = Resolve(values, Module("", source)).visit(ast.parse(source))
    with_attributes(tree, private_attributes(values.trees()))
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


@functools.cache
def _inline(sources: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    values = _Values(dict(sources))
    attributes = private_attributes(values.trees())
    trees = values.resolved()
    shorten_hidden(trees.values(), attributes)
    left = -1
    while left != (left := _drop_unused(trees)):
        pass
    return tuple((name, _without_tuples(bare(tree))) for name, tree in trees.items())


def _without_tuples(source: str) -> str:
    """`a, b = c, d` as it was written: of `ast.unparse`'s parentheses MicroPython would make a tuple."""
    return "\n".join(map(_assignment_without_tuple, source.split("\n")))


def _assignment_without_tuple(line: str) -> str:
    targets, equals, value = line.partition(" = (")
    if not equals or not value.endswith(")"):
        return line
    plain = f"{targets} = {value[:-1]}"
    try:
        same = ast.dump(ast.parse(plain.strip())) == ast.dump(ast.parse(line.strip()))
    except SyntaxError:
        return line
    return plain if same else line


class _Values:
    """The constants of a set of modules. (`slim.Values`)"""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._modules = {name: Module(name, source) for name, source in sources.items()}
        for module in self._modules.values():
            module.constants = {}
        variable = {name: _bound_again(module.tree) for name, module in self._modules.items()}
        while sum(self._found(module, variable[name]) for name, module in self._modules.items()):
            pass

    def _found(self, module: Module, variable: set[str]) -> int:
        """How many of the module's constants are known only now, by what is known of other modules."""
        before = len(module.constants)
        names = self._names(module)
        for statement in module.tree.body:
            name = assigned_name(statement)
            if name and name not in variable and isinstance(statement, ast.Assign):
                value = evaluate(statement.value, names)
                if value is not None:
                    names[name] = module.constants[name] = value
        return len(module.constants) - before

    def _names(self, module: Module) -> dict[str, Constant]:
        """The constants of others as the module calls them."""
        names: dict[str, Constant] = {}
        for alias, dotted in module.aliases.items():
            parent, _, child = dotted.rpartition(".")
            if dotted in self._modules:
                found = self._modules[dotted].constants.items()
                names |= {f"{alias}.{name}": value for name, value in found}
            elif parent in self._modules and child in self._modules[parent].constants:
                names[alias] = self._modules[parent].constants[child]
        return names

    def find(self, dotted: str) -> Module | None:
        """The module of the set of that dotted name."""
        return self._modules.get(dotted)

    def value(self, module: Module, name: str) -> ast.expr | None:
        """A literal for a constant, its own or one that it imports by name."""
        if name in module.constants:
            return _literal(module.constants[name])
        parent, _, child = module.aliases.get(name, "").rpartition(".")
        origin = self._modules.get(parent)
        return self.value(origin, child) if origin is not None else None

    def attribute(self, module: Module, name: str) -> ast.expr | None:
        """The same where another module uses it."""
        return self.value(module, name)

    def trees(self) -> list[ast.Module]:
        """The modules as they are."""
        return [module.tree for module in self._modules.values()]

    def resolved(self) -> dict[str, ast.Module]:
        """The modules with literals for constants."""
        return {
            name: Resolve(self, module).visit(_Lengths(self, module).visit(module.tree))
            for name, module in self._modules.items()
        }


class _Lengths(ast.NodeTransformer):
    """`len(wire.NAMES)` becomes a number: of a tuple of another module, of which nobody may need more."""

    def __init__(self, values: _Values, module: Module) -> None:
        self._values, self._module = values, module

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """The call, or what it gives."""
        match node:
            case ast.Call(ast.Name("len"), [ast.Attribute(ast.Name(alias), name)]):
                target = self._values.find(self._module.aliases.get(alias, ""))
                statement = target.definitions.get(name) if target is not None else None
                if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Tuple):
                    return ast.Constant(len(statement.value.elts))
        return self.generic_visit(node)


def _literal(value: Constant) -> ast.expr:
    if isinstance(value, int) and value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def _bound_again(tree: ast.Module) -> set[str]:
    """Names that a module may give another value than that of their assignment: bound twice, or global."""
    bound: list[str] = []
    for node in _outside_functions(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.append(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.append(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound += [alias.asname or alias.name for alias in node.names]
    written = [name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names]
    return {name for name in bound if bound.count(name) > 1} | set(written)


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            yield from _outside_functions(child)


def _drop_unused(trees: Mapping[str, ast.Module]) -> int:
    """Drop what modules bind and nobody uses; how many bindings are left."""
    spelled = {name for tree in trees.values() for name in _spelled(tree)}
    imported = [pair for tree in trees.values() for pair in _imported(tree)]
    for module, tree in trees.items():
        used = _used(tree) | spelled | {name for origin, name in imported if origin == module}
        tree.body = [kept for statement in tree.body for kept in _needed(statement, used, trees)]
    return sum(len(getattr(s, "names", "1")) for tree in trees.values() for s in tree.body)


def _needed(statement: ast.stmt, used: set[str], own: Collection[str]) -> Iterator[ast.stmt]:
    """The statement, or what of it is needed: names of the set that are imported, values."""
    if isinstance(statement, ast.ImportFrom):
        module = str(statement.module)
        aliases = [
            alias
            for alias in statement.names
            if (alias.asname or alias.name) in used
            or (module not in own and f"{module}.{alias.name}" not in own)
        ]
        if aliases:
            yield ast.ImportFrom(module, aliases, statement.level)
        return
    name = assigned_name(statement)
    if not name or name in used or not isinstance(statement, ast.Assign) or not _is_pure(statement.value):
        yield statement


def _used(tree: ast.Module) -> set[str]:
    """Names that a module reads, or writes for others to read."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.Global):
            names.update(node.names)
    return names


def _spelled(tree: ast.Module) -> Iterator[str]:
    """Names by which a module may reach into any other one: attributes, and what texts say."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Modules, and the names that this one imports of them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((str(node.module), alias.name) for alias in node.names)


def _is_pure(value: ast.expr) -> bool:
    """Whether nothing happens when it is computed."""
    return all(isinstance(node, _PURE) for node in ast.walk(value))
