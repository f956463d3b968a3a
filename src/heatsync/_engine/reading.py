"""What a statement reads now, reads late and works with."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from heatsync._engine.names import (
    Bindings,
    Executed,
    How,
    Import,
    Names,
    Path,
    Use,
    annotations_of,
    bound_by,
    defaults_of,
    dotted,
)


def names_of(node: ast.stmt, lazy_annotations: bool = False) -> Names:
    """The names of one statement of a module or class block.

    Where annotations are lazy, they are read only by those who are handed them: decorators.
    """
    found = Names(certain=not isinstance(node, (ast.If, ast.For, ast.While, ast.Try, ast.Match)))
    Bindings(found).visit(node)
    _Reader(found, lazy_annotations).visit(node)
    return found


@dataclass(slots=True)
class _Scope:
    """A scope inside the statement: names that are not looked up among the globals."""

    local: set[str]
    is_class: bool = False
    declared: frozenset[str] = frozenset()  # global x


class _Reader(Executed):
    """Finds what a statement reads, now and late, and what it changes in place."""

    def __init__(self, found: Names, lazy_annotations: bool) -> None:
        self.found = found
        self.lazy_annotations = lazy_annotations
        self.scopes: list[_Scope] = []
        self.late = False

    # ------------------------------------------------------------------ recording

    def _is_local(self, name: str) -> bool:
        for depth, scope in enumerate(reversed(self.scopes)):
            if scope.is_class and depth:  # functions do not see the class around them
                continue
            if name in scope.declared:
                return False
            if name in scope.local:
                return True
        return False

    def _read(self, path: Path, how: How, given_to: Path | None = None) -> None:
        if not self._is_local(path[0]):
            uses = self.found.late if self.late else self.found.now
            uses[Use(path, how, given_to)] = None

    def _change(self, path: Path | None, takes: bool = False) -> None:
        """An object is changed in place: `path[k] = v`, `path.a = v`, `path.append(v)`."""
        if path and not self._is_local(path[0]):
            (self.found.fills if self.late else self.found.works_on)[path] = None
            if takes and not self.late:
                self.found.takes_from[path] = None

    def use(self, node: ast.expr | None, how: How, given_to: Path | None = None) -> None:
        """Reads one expression whose value is used in this way."""
        if node is None:
            return
        path = dotted(node)
        if path:
            if isinstance(getattr(node, "ctx", None), ast.Load):
                self._read(path, how, given_to)
        elif isinstance(node, ast.Starred):
            self.use(node.value, How.LOOK)
        elif isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            for element in node.elts:
                self.use(element, how, given_to)
        elif isinstance(node, ast.Dict):
            self._dict(node, how, given_to)
        elif isinstance(node, ast.IfExp):
            self.use(node.test, How.LOOK)
            self.use(node.body, how, given_to)
            self.use(node.orelse, how, given_to)
        elif isinstance(node, ast.NamedExpr):
            self._bind(node.target)
            self.use(node.value, how, given_to)
        else:
            self.visit(node)

    def _dict(self, node: ast.Dict, how: How, given_to: Path | None) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            self.use(key, How.LOOK)
            self.use(value, how if key else How.LOOK, given_to if key else None)

    def _bind(self, target: ast.AST) -> None:
        """Notes a binding where it is local to a class block; the rest is known beforehand."""
        if self.scopes and self.scopes[-1].is_class:
            self.scopes[-1].local.update(bound_by([target]).binds)

    # ---------------------------------------------------------------- expressions

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read((node.id,), How.LOOK)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = dotted(node)
        if isinstance(node.ctx, (ast.Store, ast.Del)):
            self._change(dotted(node.value), isinstance(node.ctx, ast.Del))
            self.use(node.value, How.LOOK)
        elif path:
            self._read(path, How.LOOK)
        elif isinstance(node.value, ast.Call) and dotted(node.value.func):
            self.use(node.value.func, How.DRIVE)
            self.use(node.value, How.LOOK)
        else:
            self.use(node.value, How.LOOK)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.ctx, (ast.Store, ast.Del)):
            self._change(dotted(_container(node.value)), isinstance(node.ctx, ast.Del))
        self.use(node.value, How.LOOK)
        self.use(node.slice, How.LOOK)

    def visit_Call(self, node: ast.Call) -> None:
        callee = dotted(node.func)
        if isinstance(node.func, ast.Attribute):
            # Any method may change its receiver.
            self._change(dotted(_container(node.func.value)))
        if callee in (("setattr",), ("delattr",)) and node.args:
            self._change(dotted(node.args[0]), takes=callee == ("delattr",))
        self.use(node.func, How.CALL)
        for argument in node.args:
            self.use(argument, How.HOLD, callee)
        for word in node.keywords:
            self.use(word.value, How.HOLD if word.arg else How.LOOK, callee if word.arg else None)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for default in defaults_of(node.args):
            self.use(default, How.HOLD)
        self._function(node.args, [node.body])

    def _comprehension(self, node: ast.AST) -> None:
        generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]
        self.use(generators[0].iter, How.LOOK)  # evaluated in the scope around it
        self.scopes.append(_Scope(set(bound_by([g.target for g in generators]).binds)))
        for number, generator in enumerate(generators):
            if number:
                self.use(generator.iter, How.LOOK)
            for condition in generator.ifs:
                self.use(condition, How.LOOK)
        if isinstance(node, ast.DictComp):
            self.use(node.key, How.LOOK)
            self.use(node.value, How.HOLD)
        else:
            self.use(node.elt, How.HOLD)  # type: ignore[attr-defined]
        self.scopes.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._bind(node.target)
        self.use(node.value, How.LOOK)

    # ----------------------------------------------------------------- statements

    def visit_Expr(self, node: ast.Expr) -> None:
        self.use(node.value, How.HOLD)

    def visit_Return(self, node: ast.Return) -> None:
        self.use(node.value, How.HOLD)

    def visit_Assign(self, node: ast.Assign) -> None:
        unpacked = any(isinstance(target, (ast.Tuple, ast.List)) for target in node.targets)
        self.use(node.value, How.LOOK if unpacked else How.HOLD)
        for target in node.targets:
            self.visit(target)
            self._bind(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if not self.lazy_annotations:
            self._annotation(node.annotation)
        self.use(node.value, How.HOLD)
        self.visit(node.target)
        if node.value is not None:
            self._bind(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        path = dotted(node.target)
        if path:
            self._read(path[:1], How.LOOK)
        self.use(node.value, How.LOOK)
        self.visit(node.target)
        self._bind(node.target)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self.use(node.iter, How.LOOK)
        self._bind(node.target)
        self.visit(node.target)
        for statement in [*node.body, *node.orelse]:
            self.visit(statement)

    visit_For = visit_AsyncFor = _for

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.use(node.type, How.LOOK)
        if node.name and self.scopes and self.scopes[-1].is_class:
            self.scopes[-1].local.add(node.name)
        inner = _Scope({node.name} if node.name else set())
        self.scopes.append(inner)
        for statement in node.body:
            self.visit(statement)
        self.scopes.remove(inner)

    def visit_Import(self, node: ast.Import) -> None:
        self._bind(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._bind(node)

    def _visit_definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self._decorator(decorator)
        for default in defaults_of(node.args):
            self.use(default, How.HOLD)
        if node.decorator_list or not self.lazy_annotations:
            for annotation in annotations_of(node):
                self._annotation(annotation)
        self._bind(node)
        self._function(node.args, node.body, getattr(node, "type_params", ()))

    visit_FunctionDef = visit_AsyncFunctionDef = _visit_definition

    def _decorator(self, node: ast.expr) -> None:
        # `@router.get("/")` may fill the router; `@register` may fill what register() fills.
        target = node.func if isinstance(node, ast.Call) else node
        if isinstance(target, ast.Attribute):
            if target.attr in ("setter", "getter", "deleter"):
                self.use(target.value, How.LOOK)  # a copy of the property, with one more function
                return
            self._change(dotted(_container(target.value)))
        self.use(node, How.CALL)

    def _annotation(self, node: ast.expr) -> None:
        """`list[Item]` names Item and looks into nothing."""
        path = dotted(node)
        if path:
            self._read(path, How.HOLD)
            return
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._annotation(child)

    def _function(
        self,
        args: ast.arguments,
        body: list[ast.stmt] | list[ast.expr],
        params: Iterable[ast.AST] = (),
    ) -> None:
        """Reads a function's body, which runs late."""
        inside = Names()
        finder = Bindings(inside)
        for statement in body:
            finder.visit(statement)
        every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
        local = {arg.arg for arg in every if arg} | {
            *inside.binds,
            *inside.deletes,
            *inside.annotates,
        }
        local |= {param.name for param in params}  # type: ignore[attr-defined]
        declared = frozenset(finder.globals)
        if not self.late:
            # An import inside a function happens late, but a file it names is a dependency too.
            self.found.imports.extend(
                Import(found.module, found.level, found.name, "") for found in inside.imports
            )
        for name in declared & {*inside.binds, *inside.deletes}:
            if not any(name in scope.local for scope in self.scopes if not scope.is_class):
                self.found.fills[(name,)] = None
        self.scopes.append(_Scope(local - declared, declared=declared))
        before, self.late = self.late, True
        for statement in body:
            self.visit(statement)
        self.late = before
        self.scopes.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self._decorator(decorator)
        params = {param.name for param in getattr(node, "type_params", ())}
        self.scopes.append(_Scope(params))
        for base in node.bases:
            self.use(base.value if isinstance(base, ast.Subscript) else base, How.SUBCLASS)
            if isinstance(base, ast.Subscript):
                self.use(base.slice, How.HOLD)
        for word in node.keywords:
            self.use(word.value, How.LOOK)
        self.scopes.append(_Scope({"__module__", "__qualname__"}, is_class=True))
        for statement in node.body:
            self.visit(statement)
        del self.scopes[-2:]
        self._bind(node)

    def visit_TypeAlias(self, node: ast.AST) -> None:
        """`type X = …` is evaluated late, but as a value it stands for what it names."""
        params = {param.name for param in node.type_params}  # type: ignore[attr-defined]
        self.scopes.append(_Scope(params))
        self.use(node.value, How.HOLD)  # type: ignore[attr-defined]
        self.scopes.pop()


def _container(node: ast.expr) -> ast.expr:
    """What an item is taken from: filling `HANDLERS["saved"]` fills HANDLERS."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node
