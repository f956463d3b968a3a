"""What a statement reads now, reads late and works with."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from heatsync._engine.texts import callees
from heatsync._engine.texts.given_back import given_back
from heatsync._engine.texts.names import (
    Bindings,
    How,
    Names,
    Path,
    Use,
    annotations_of,
    bound_by,
    container_of,
    defaults_of,
    dotted,
    import_by_call,
    mangle_all,
    own_item,
    unpacks,
)
from heatsync._engine.texts.scopes import Scope
from heatsync._engine.texts.typed import Typed

_LISTING = ("items", "keys", "values", "copy")


def names_of(
    node: ast.stmt, lazy_annotations: bool = False, owner: str = "", handed_on: bool = False
) -> Names:
    """The names of one statement of a module, or of the block of the class `owner`.

    Lazy annotations and those in strings are read only by those who are handed them: decorators,
    and, where `handed_on` says so, whoever looks at the class around the statement.
    """
    branching = (ast.If, ast.For, ast.While, ast.Try, ast.TryStar, ast.Match)
    found = bound_by([node], at_top=not owner)
    found.certain = not isinstance(node, branching)
    _Reader(found, lazy_annotations, owner, handed_on).visit(node)
    return mangle_all(found, owner) if owner else found


class _Reader(Typed):
    """Finds what a statement reads, now and late, and what it changes in place."""

    def __init__(self, found: Names, lazy_annotations: bool, owner: str, handed_on: bool) -> None:
        super().__init__(found, owner, lazy_annotations)
        self.handed_on = handed_on
        self.act: ast.expr | None = None  # the expression that is a statement
        self.given_back: set[str] | None = None  # by the function around, once somebody asks
        self.block: Sequence[ast.AST] = ()  # of that function

    def use(self, node: ast.expr | None, how: How, given_to: Path | None = None) -> None:
        """Reads one expression whose value is used in this way."""
        path = dotted(node) if node is not None else None
        if node is None or (path and not isinstance(getattr(node, "ctx", None), ast.Load)):
            return
        if path:
            self._read(path, how, given_to)
        elif isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            for element in node.elts:
                self.use(element, how, given_to)
        elif isinstance(node, ast.Dict):
            self._dict(node, how, given_to)
        elif isinstance(node, ast.IfExp):
            self.use(node.test, How.LOOK)
            self._apart([[node.body], [node.orelse]], how, given_to)
        elif isinstance(node, ast.NamedExpr):
            self.use(node.value, how, given_to)
            self._bind(node.target)
        elif not self._use_imported(node, how, given_to):
            if how is How.LOOK and isinstance(node, ast.Call) and not self.late:
                self._try_out(node)
            self.visit(node)

    def _try_out(self, node: ast.Call) -> None:
        """`with Lock() as lock`, `len(Tree())` and `Money(1) + 1` run methods of what is made."""
        path = dotted(node.func)
        if path:
            self._read(path, How.TRY)

    def visit_Starred(self, node: ast.Starred) -> None:
        self.use(node.value, How.LOOK)

    def _use_imported(self, node: ast.expr, how: How, given_to: Path | None) -> bool:
        """Reads `importlib.import_module("a").b.c`."""
        parts: list[str] = []
        inner = node
        while isinstance(inner, ast.Attribute):
            parts.insert(0, inner.attr)
            inner = inner.value
        imported = import_by_call(inner)
        if imported is not None:
            self._read_from(imported, tuple(parts), how, given_to)
            self.visit(inner)
        return imported is not None

    def _dict(self, node: ast.Dict, how: How, given_to: Path | None) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            self.use(key, How.JOIN)
            self.use(value, how if key else How.LOOK, given_to if key else None)

    # ---------------------------------------------------------------- expressions

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read((node.id,), How.LOOK)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = dotted(node)
        if isinstance(node.ctx, (ast.Store, ast.Del)):
            takes = isinstance(node.ctx, ast.Del)
            self._change(dotted(node.value), takes, node.attr)
            self.use(node.value, How.LOOK)
        elif path:
            self._read(path, How.LOOK)
        elif self._use_imported(node, How.LOOK, None):
            return
        elif isinstance(node.value, ast.Call):
            if not self._is_own(node.value) or node.attr in _LISTING:
                self._drive(node.value)
                self.visit(node.value)
        else:
            self.use(node.value, How.LOOK)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.ctx, (ast.Store, ast.Del)):
            self._change(dotted(container_of(node.value)), isinstance(node.ctx, ast.Del))
        elif (name := own_item(node)) and not self.scopes:
            self._read((name,), How.LOOK)
        if not self._is_own(node.value):  # of which it sets or reads but one
            self.use(node.value, How.LOOK)
        self.use(node.slice, How.JOIN)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        how = How.JOIN if isinstance(node.op, ast.BitOr) else How.LOOK
        self.use(node.left, how)
        self.use(node.right, how)

    def visit_Compare(self, node: ast.Compare) -> None:
        alone = all(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops)
        for operand in [node.left, *node.comparators]:
            self.use(operand, How.HOLD if alone else How.LOOK)

    def visit_Call(self, node: ast.Call) -> None:
        callee = dotted(node.func)
        self._own_names(node, callee)
        self._note_calls(node, 0)
        self._change_by_call(node, callee)
        if isinstance(node.func, ast.Lambda):
            self._lambda(node.func, called=True)
        else:
            if isinstance(node.func, ast.Call):
                self._drive(node.func)
            self.use(node.func, How.CALL)
            self._call_entry(node.func)
            if node is not self.act:
                self._call_picked(callee)
        called = callees.CALLERS.get(callee[-1] if callee else "")
        how = How.HAND if self.late and node is self.act else How.HOLD
        for place, argument in enumerate(node.args):
            given_to = None if callees.names_a_part(node) and not place else callee
            self._argument(argument, given_to, How.CALL if place == called else how)
        for word in node.keywords:
            if word.arg:
                self._argument(word.value, callee, How.CALL if word.arg == called else how)
            else:
                self.use(word.value, How.LOOK)

    def _argument(self, node: ast.expr, callee: Path | None, how: How) -> None:
        if how is How.CALL and isinstance(node, ast.Lambda):
            self._lambda(node, called=True)
        elif callee and how is not How.CALL and callees.looks(callee):
            self.use(node, How.LOOK, callee)
        elif self._is_own(node):
            return  # `exec(text, globals())` acts in it: which names there are is no reason
        else:
            self.use(node, how, callee)

    def _change_by_call(self, node: ast.Call, callee: Path | None) -> None:
        """Any method may change its receiver, and so may one whose result is called."""
        function = node.func.func if isinstance(node.func, ast.Call) else node.func
        if isinstance(function, ast.Attribute):
            harmless = function.attr in callees.READERS and node is not self.act
            if function is not node.func or not harmless:
                self._change(dotted(container_of(function.value)))
        if callee in callees.BY_NAME and len(node.args) > 1:
            name, path = node.args[1], dotted(node.args[0])
            literal = str(name.value) if isinstance(name, ast.Constant) else ""
            if callee in (("setattr",), ("delattr",)):
                self._change(path, callee == ("delattr",), literal)
            elif path and literal:
                self._read((*path, literal), How.LOOK)

    def _call_entry(self, node: ast.expr) -> None:
        """`HANDLERS["a"](x)` calls what is in HANDLERS."""
        inner = node
        while isinstance(inner, (ast.Subscript, ast.Attribute)):
            inner = inner.value
        if isinstance(inner, ast.Name) and not dotted(node):
            self._read((inner.id, "[]"), How.CALL)

    def _drive(self, node: ast.Call) -> None:
        """What a call gives is put to work at once: with it, what made it and what it was given."""
        words = [word.value for word in node.keywords if word.arg]
        for part in (node.func, *node.args, *words):
            if dotted(part):
                self.use(part, How.DRIVE)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._lambda(node, called=False)

    def _lambda(self, node: ast.Lambda, called: bool) -> None:
        for default in defaults_of(node.args):
            self.use(default, How.HOLD)
        self._function(node.args, [node.body], late=not called)

    def _comprehension(self, node: ast.AST) -> None:
        generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]
        self.use(generators[0].iter, How.LOOK)  # evaluated in the scope around it
        before, picked = set(self.certain), {**self.picked}
        targets = bound_by([generator.target for generator in generators]).binds
        self.scopes.append(Scope(set(targets), sees_block=False))
        for number, generator in enumerate(generators):
            if number:
                self.use(generator.iter, How.LOOK)
            self._pick(generator)
            for condition in generator.ifs:
                self.use(condition, How.LOOK)
        if isinstance(node, ast.DictComp):
            self.use(node.key, How.JOIN)
            self.use(node.value, How.HOLD)
        else:
            self.use(node.elt, How.HOLD)  # type: ignore[attr-defined]
        self.scopes.pop()
        self.certain, self.picked = before, picked

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.use(node.value, How.LOOK)
        self._bind(node.target)

    def visit_Interpolation(self, node: ast.AST) -> None:
        """A template string of Python 3.14 holds its values."""
        self.use(node.value, How.HOLD)  # type: ignore[attr-defined]
        self.use(node.format_spec, How.LOOK)  # type: ignore[attr-defined]

    # ----------------------------------------------------------------- statements

    def visit_Expr(self, node: ast.Expr) -> None:
        self.act = node.value
        if isinstance(node.value, (ast.ListComp, ast.SetComp)):  # of which nothing is kept
            self.act = node.value.elt
        self.use(node.value, How.HOLD)

    def visit_Return(self, node: ast.Return) -> None:
        is_later = isinstance(node.value, ast.Lambda)
        self.calls += is_later
        self.use(node.value, How.HOLD)
        self.calls -= is_later

    def visit_Assign(self, node: ast.Assign) -> None:
        self.use(node.value, How.LOOK if unpacks(node) else How.HOLD)
        for target in node.targets:
            self.visit(target)
            self._bind(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._annotation(node.annotation, self.handed_on)
        self.use(node.value, How.HOLD)
        self.visit(node.target)
        if node.value is not None:
            self._bind(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        path = dotted(node.target)
        if path:
            self._read(path[:1], How.LOOK)
            if isinstance(node.target, ast.Name):
                self._change(path)  # a list is extended in place
        self.use(node.value, How.LOOK)
        self.visit(node.target)
        self._bind(node.target)

    def visit_Import(self, node: ast.Import) -> None:
        self._bind(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._bind(node)

    # ---------------------------------------------------------------- definitions

    def _visit_definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self._decorator(decorator)
        for default in defaults_of(node.args):
            self.use(default, How.HOLD)
        self._enter(getattr(node, "type_params", ()))
        for annotation in annotations_of(node):
            self._annotation(annotation, bool(node.decorator_list))
        self.calls += (is_later := self.late and self._is_given_back(node.name))
        self._function(node.args, node.body)
        self.calls -= is_later
        self.scopes.pop()
        self._bind(node)

    visit_FunctionDef = visit_AsyncFunctionDef = _visit_definition

    def _is_given_back(self, name: str) -> bool:
        """Whether a function that is made in another one runs only when what that gives is called."""
        if self.given_back is None:
            self.given_back = given_back(self.block)
        return name in self.given_back

    def _decorator(self, node: ast.expr) -> None:
        # `@router.get("/")` may fill the router; `@register` may fill what register() fills.
        target = node.func if isinstance(node, ast.Call) else node
        if isinstance(target, ast.Attribute):
            if target.attr in ("setter", "getter", "deleter"):
                self.use(target.value, How.LOOK)  # a copy of the property, with one more function
                return
            self._change(dotted(container_of(target.value)))
        self._note_calls(node, 1)
        self.use(node, How.CALL)

    def _function(
        self,
        args: ast.arguments,
        body: Sequence[ast.stmt | ast.expr],
        late: bool = True,
    ) -> None:
        """Reads a function's body, which runs late unless the function is called at once."""
        inside = Names()
        finder = Bindings(inside)
        for statement in body:
            finder.visit(statement)
        every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
        local = {arg.arg for arg in every if arg} | finder.caught
        local |= {*inside.binds, *inside.deletes, *inside.annotates}
        if not self.late:
            # An import inside a function happens late, but a file it names is a dependency too.
            late_imports = (replace(found, binds="", late=True) for found in inside.imports)
            self.found.imports.extend(late_imports)
        self._declare(finder.globals & {*inside.binds, *inside.deletes})
        imports = {found.binds: found for found in inside.imports if found.binds}
        declared = frozenset(finder.globals)
        local -= declared | finder.nonlocals
        self.scopes.append(Scope(local, False, False, declared, imports))
        before = self.late, self.block, self.given_back
        self.late, self.block, self.given_back = self.late or late, body, None
        for part in body:
            if isinstance(part, ast.expr):
                self.use(part, How.HOLD)
            else:
                self.visit(part)
        self.late, self.block, self.given_back = before
        self.scopes.pop()

    def _declare(self, names: set[str]) -> None:
        """A function binds names of the module."""
        for name in sorted(names):
            (path,) = self._mangled((name,))
            self._note_filled((path,))
            self.found.declares[path] = None
            self.found.late[Use((path,), How.HOLD)] = self.calls

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self._decorator(decorator)
        self._enter(getattr(node, "type_params", ()))
        for base in node.bases:
            self.use(base.value if isinstance(base, ast.Subscript) else base, How.SUBCLASS)
            if isinstance(base, ast.Subscript):
                self.use(base.slice, How.HOLD)
        for word in node.keywords:
            self.use(word.value, How.LOOK)
        self.scopes.append(Scope({"__module__", "__qualname__"}, is_class=True))
        before, self.owner = (self.owner, self.handed_on), node.name
        self.handed_on = bool(node.decorator_list or node.bases or node.keywords)
        self._all(node.body)
        self.owner, self.handed_on = before
        del self.scopes[-2:]
        self._bind(node)

    def visit_TypeAlias(self, node: ast.AST) -> None:
        """`type X = …` is evaluated late, but as a value it stands for what it names."""
        self._enter(node.type_params)  # type: ignore[attr-defined]
        self._names_in(node.value, How.HOLD)  # type: ignore[attr-defined]
        self.scopes.pop()
