"""What a statement binds, imports and deletes; what there is to know of its names."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

Path = tuple[str, ...]  # ("config", "X", "y") for the expression config.X.y

BUILTINS = frozenset(vars(builtins))
ASSIGNMENTS = (ast.Assign, ast.AnnAssign)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class How(Enum):
    """What an expression does with a value that it reads."""

    NAME = "names it as a type, and never looks at it"
    HOLD = "stores it, passes it on or imports it"
    HAND = "passes it on in a function, in a call of which nothing is kept"
    CALL = "calls it or decorates with it"
    LOOK = "looks into it or computes with it"
    JOIN = "combines it with | or looks something up with it, for which a class is just itself"
    SUBCLASS = "subclasses it"
    DRIVE = "makes an instance of it, or calls it, and puts that to work"
    TRY = "makes an instance of it, or calls it, and computes with that"


@dataclass(frozen=True, slots=True)
class Import:
    """`from module import name` (`name` is "*" for all, None for `import module`)."""

    module: str
    level: int
    name: str | None
    binds: str
    late: bool = False  # inside a function


@dataclass(frozen=True, slots=True)
class Use:
    """One read of a dotted name that is not local to the statement.

    `given_to` is the callee that the value is an argument of: whether that holds it or looks
    into it depends on what the callee is, which one statement alone does not know.
    `module` is where the path begins, if not in the statement's own: an import inside a function,
    or an expression that imports, names it. A comprehension in a class block is `outside` of it:
    it does not see the names of the block.
    """

    path: Path
    how: How
    given_to: Path | None = None
    module: Import | None = None
    outside: bool = False


@dataclass(slots=True)
class Names:
    """Everything one statement does with names, as its syntax tells."""

    binds: dict[str, None] = field(default_factory=dict)  # in order
    deletes: dict[str, None] = field(default_factory=dict)
    annotates: dict[str, None] = field(default_factory=dict)
    now: dict[Use, None] = field(default_factory=dict)  # read while the statement runs
    # Read in functions when they are called, and in how many calls: none where that is called
    # which the statement defines, one where it is what this gives.
    late: dict[Use, int] = field(default_factory=dict)
    calls: dict[Path, int] = field(default_factory=dict)  # `f()()` and `@f()` are two of f
    # Changed in place while it runs; False where that is only to set attributes.
    works_on: dict[Path, bool] = field(default_factory=dict)
    inside: dict[Path, None] = field(default_factory=dict)  # of which a loop changes the elements
    sets: dict[Path, None] = field(default_factory=dict)  # attributes set while it runs
    # Changed in place by its functions, in how many calls as with `late`.
    fills: dict[Path, int] = field(default_factory=dict)
    takes_from: dict[Path, None] = field(default_factory=dict)  # loses an item or attribute
    declares: dict[str, None] = field(default_factory=dict)  # globals that its functions bind
    imports: list[Import] = field(default_factory=list)
    certain: bool = True  # False where a branch, loop or handler may leave a name unbound

    @property
    def outcome(self) -> Iterator[str]:
        """The names whose value is another one once the statement has run."""
        return iter({**self.binds, **self.deletes} if self.deletes else self.binds)


def bound_by(nodes: Iterable[ast.AST], at_top: bool = False) -> Names:
    """The names that these nodes bind and delete in their own scope; `at_top` of a module, also by
    `globals()["X"] = …`."""
    found = Names()
    visitor = Bindings(found)
    for node in nodes:
        visitor.visit(node)
        if at_top:
            found.binds |= dict.fromkeys(_bound_as_items(node))
    return found


def own_item(node: ast.AST) -> str:
    """The name that `globals()["X"]` stands for, where the text tells it."""
    match node:
        case ast.Subscript(ast.Call(ast.Name("globals" | "vars" | "locals"), [], []), key):
            return key.value if isinstance(key, ast.Constant) and type(key.value) is str else ""
    return ""


def _bound_as_items(node: ast.AST) -> Iterator[str]:
    for target in node.targets if isinstance(node, ast.Assign) else ():
        if name := own_item(target):
            yield name


def mangle_all(names: Names, owner: str) -> Names:
    """The names as a class block binds them."""
    for part in (names.binds, names.deletes, names.annotates):
        for name in list(part):
            del part[name]
            part[mangled(name, owner)] = None
    return names


def mangled(name: str, owner: str) -> str:
    """A name as the block of class `owner` means it: `__x` of class C is `_C__x`."""
    cls = owner.rpartition(".")[2].lstrip("_")
    is_private = name.startswith("__") and not name.endswith("__") and "." not in name
    return f"_{cls}{name}" if is_private and cls else name


def unmangled(name: str, owner: str) -> str:
    """A name as the text of a class block has it."""
    prefix = f"_{owner.rpartition('.')[2].lstrip('_')}__"
    return f"__{name.removeprefix(prefix)}" if name.startswith(prefix) else name


def dotted(node: ast.AST) -> Path | None:
    """("a", "b", "c") for the expression a.b.c."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return (node.id, *reversed(parts))
    return None


def container_of(node: ast.expr) -> ast.expr:
    """What an item is taken from: filling `HANDLERS["saved"]` fills HANDLERS."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node


def unpacks(node: ast.Assign) -> bool:
    """Whether it looks into its value: `a, b = pair`, but not `a, b = x, y`."""
    sizes = {_size(target) for target in node.targets if isinstance(target, (ast.Tuple, ast.List))}
    return bool(sizes) and (_size(node.value) < 0 or sizes != {_size(node.value)})


def _size(node: ast.expr) -> int:
    """The number of elements of a flat display; -1 for anything else."""
    if not isinstance(node, (ast.Tuple, ast.List)):
        return -1
    nested = any(isinstance(e, (ast.Starred, ast.Tuple, ast.List)) for e in node.elts)
    return -1 if nested else len(node.elts)


def _is_type_checking(test: ast.expr) -> bool:
    path = dotted(test)
    return path is not None and path[-1] == "TYPE_CHECKING"


def executed(node: ast.If) -> list[ast.stmt] | None:
    """The block that a process executes where TYPE_CHECKING decides; None where it does not."""
    if _is_type_checking(node.test):
        return node.orelse
    if isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not):
        return node.body if _is_type_checking(node.test.operand) else None
    return None


def is_program(node: ast.stmt) -> bool:
    """Whether it is `if __name__ == "__main__":`, without an `else`."""
    test = node.test if isinstance(node, ast.If) and not node.orelse else None
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    sides = [test.left, test.comparators[0]]
    return isinstance(test.ops[0], ast.Eq) and {
        getattr(side, "id", getattr(side, "value", None)) for side in sides
    } == {"__name__", "__main__"}


def import_by_call(node: ast.AST) -> Import | None:
    """The module that `importlib.import_module("a.b")` or `__import__("a")` gives."""
    if not isinstance(node, ast.Call) or not node.args:
        return None
    first, path = node.args[0], dotted(node.func)
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str) or path is None:
        return None
    if path[-1] == "import_module":
        name = first.value.lstrip(".")
        return Import(name, len(first.value) - len(name), None, "")
    if path == ("__import__",) and len(node.args) == 1 and not node.keywords:
        return Import(first.value.partition(".")[0], 0, None, "")
    return None


class Bindings(ast.NodeVisitor):
    """Finds what a node binds and deletes in the scope it stands in."""

    def __init__(self, found: Names) -> None:
        self.found = found
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.caught: set[str] = set()  # bound while their `except` block runs

    def visit_If(self, node: ast.If) -> None:
        block = executed(node)
        if block is None:
            self.generic_visit(node)
        for statement in block or ():
            self.visit(statement)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.found.binds[node.id] = None
        elif isinstance(node.ctx, ast.Del):
            self.found.deletes[node.id] = None

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.found.annotates[node.target.id] = None
            if node.value is None:
                return
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        imported = import_by_call(node.value)
        if imported is None:
            self.generic_visit(node)
            return
        for target in node.targets:
            self.visit(target)
            if isinstance(target, ast.Name):
                self.found.imports.append(replace(imported, binds=target.id))

    def visit_Call(self, node: ast.Call) -> None:
        imported = import_by_call(node)
        if imported is not None:
            self.found.imports.append(imported)
        self.generic_visit(node)

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        self.found.binds[node.name] = None
        for part in _evaluated_outside(node):
            self.visit(part)

    visit_FunctionDef = _definition
    visit_AsyncFunctionDef = _definition

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._definition(node)
        for name in globals_of(node):
            self.found.binds[name] = None

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for default in defaults_of(node.args):
            self.visit(default)

    def _comprehension(self, node: ast.AST) -> None:
        # Its targets are its own; a walrus inside binds in the scope around it.
        for inner in ast.walk(node):
            if isinstance(inner, ast.NamedExpr):
                self.visit(inner.target)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_TypeAlias(self, node: ast.AST) -> None:
        self.visit(node.name)  # type: ignore[attr-defined]

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            self.found.binds[bound] = None
            module = alias.name if alias.asname else bound
            self.found.imports.append(Import(module, 0, None, bound))
            if module != alias.name:  # `import a.b` loads a.b and binds a
                self.found.imports.append(Import(alias.name, 0, None, ""))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            bound = alias.asname or alias.name
            if bound != "*":
                self.found.binds[bound] = None
            self.found.imports.append(Import(node.module or "", node.level, alias.name, bound))

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        # Python itself deletes the name at the end of the handler, so nothing is left of it.
        bound_elsewhere = node.name in self.found.binds
        self.generic_visit(node)
        if node.name and not bound_elsewhere:
            self.found.binds.pop(node.name, None)
            self.caught.add(node.name)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        if node.name:
            self.found.binds[node.name] = None
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self.found.binds[node.name] = None

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self.found.binds[node.rest] = None
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        self.globals.update(node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.nonlocals.update(node.names)


def globals_of(node: ast.ClassDef) -> dict[str, None]:
    """The names of the module that a class block binds, as it declares them `global`."""
    inside = Names()
    finder = Bindings(inside)
    for statement in node.body:
        finder.visit(statement)
    names = (mangled(name, node.name) for name in inside.binds if name in finder.globals)
    return dict.fromkeys(names)


def defaults_of(args: ast.arguments) -> list[ast.expr]:
    return [*args.defaults, *(default for default in args.kw_defaults if default)]


def annotations_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    args = node.args
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    found = [arg.annotation for arg in every if arg and arg.annotation]
    return [*found, node.returns] if node.returns else found


def _evaluated_outside(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
) -> list[ast.expr]:
    """The parts of a definition that are evaluated in the scope around it."""
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *(word.value for word in node.keywords)]
    return [*node.decorator_list, *defaults_of(node.args), *annotations_of(node)]
