"""What is bound where, and for certain, inside of one statement."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain

from heatsync._engine.texts.callees import OWN_NAMES
from heatsync._engine.texts.names import (
    How,
    Import,
    Names,
    Path,
    Use,
    bound_by,
    container_of,
    dotted,
    executed,
    mangled,
)


@dataclass(slots=True)
class Scope:
    """A scope inside the statement: names that are not looked up among the globals."""

    local: set[str] = field(default_factory=set)
    is_class: bool = False
    # Functions and comprehensions do not see the names of a class block around them.
    sees_block: bool = True
    declared: frozenset[str] = frozenset()  # global x
    imports: dict[str, Import] = field(default_factory=dict)  # by the local name


class Scoped(ast.NodeVisitor):
    """Follows the scopes and branches of a statement, and takes notes of what is not local."""

    def __init__(self, found: Names, owner: str, lazy_annotations: bool) -> None:
        self.found = found
        self.lazy_annotations = lazy_annotations
        self.owner = owner  # the class whose block it is in, by which private names are mangled
        self.is_member = bool(owner)
        self.scopes: list[Scope] = []
        self.late = False
        self.calls = 0  # after how many calls of what is given back, a read that is late happens
        # What the statement itself has bound before, whatever branch it took: a read of it is
        # no use of what others bound.
        self.certain: set[str] = set()
        # By the variable of a loop, what it takes its elements from; and of a comprehension.
        self.elements: dict[str, tuple[Path, ...]] = {}
        self.picked: dict[str, tuple[Path, ...]] = {}

    def use(self, node: ast.expr | None, how: How, given_to: Path | None = None) -> None:
        """Reads one expression whose value is used in this way."""
        raise NotImplementedError

    # ------------------------------------------------------------------ recording

    def _scope_of(self, name: str) -> Scope | None:
        for depth, scope in enumerate(reversed(self.scopes)):
            if scope.is_class and depth:  # functions do not see the class around them
                continue
            if name in scope.declared:
                return None
            if name in scope.local:
                return scope
        return None

    def _is_outside(self) -> bool:
        """Whether it is in a comprehension of the class block that the statement stands in."""
        return self.is_member and not self.late and any(not s.sees_block for s in self.scopes)

    def _read(self, path: Path, how: How, given_to: Path | None = None) -> None:
        scope, outside = self._scope_of(path[0]), self._is_outside()
        if scope is not None:
            imported = scope.imports.get(path[0])
            if imported is not None:
                inner = path[1:] if imported.name is None else (imported.name, *path[1:])
                self._read_from(imported, inner, how, given_to)
        elif self.late or outside or path[0] not in self.certain:
            self._note(Use(self._mangled(path), how, given_to, None, outside))

    def _read_from(self, module: Import, path: Path, how: How, given_to: Path | None) -> None:
        if path:
            self._note(Use(path, how, given_to, replace(module, name=None, binds="")))

    def _note(self, use: Use) -> None:
        if self.late:
            self.found.late[use] = min(self.calls, self.found.late.get(use, self.calls))
        else:
            self.found.now[use] = None

    def _mangled(self, path: Path) -> Path:
        return tuple(mangled(part, self.owner) for part in path) if self.owner else path

    def _change(self, path: Path | None, takes: bool = False, sets: str = "") -> None:
        """An object is changed in place: `path[k] = v`, `path.a = v`, `path.append(v)`."""
        if path and not self.late:
            self.found.inside.update(dict.fromkeys(self.elements.get(path[0], ())))
        if not path or self._scope_of(path[0]) is not None:
            return
        path = self._mangled(path)
        if self.late:
            self._note_filled(path)
        else:
            self.found.works_on[path] = self.found.works_on.get(path, False) or not sets or takes
            if takes:
                self.found.takes_from[path] = None
            elif sets:
                self.found.sets[(*path, mangled(sets, self.owner))] = None

    def _note_filled(self, path: Path) -> None:
        self.found.fills[path] = min(self.calls, self.found.fills.get(path, self.calls))

    def _note_calls(self, node: ast.expr, many: int) -> None:
        """`@register("a")` calls what `register` gives, too."""
        while isinstance(node, ast.Call):
            many, node = many + 1, node.func
        path = dotted(node)
        if many > 1 and path and self._scope_of(path[0]) is None:
            path = self._mangled(path)
            self.found.calls[path] = max(many, self.found.calls.get(path, 0))

    def _own_names(self, node: ast.Call, callee: Path | None) -> None:
        """`globals()` shows all names of the module; in a function, the others show its own."""
        if callee and self._is_own(node):
            self._read((f"{callee[0]}()",), How.LOOK, callee)

    def _is_own(self, node: ast.expr) -> bool:
        path = dotted(node.func) if isinstance(node, ast.Call) and not node.args else None
        called = f"{path[0]}()" if path and len(path) == 1 else ""
        return called in OWN_NAMES and (called == "globals()" or not self.scopes)

    # ------------------------------------------------------------------- branches

    def _bind(self, target: ast.AST | None) -> None:
        """Notes what is bound from here on; of functions all is known beforehand."""
        if target is None or self.late:
            return
        names = bound_by([target]).binds
        if self.scopes and self.scopes[-1].is_class:
            self.scopes[-1].local.update(names)
        elif not any(scope.is_class for scope in self.scopes):
            self.certain.update(names)

    def _all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _apart(
        self,
        branches: Iterable[Iterable[ast.AST]],
        how: How = How.HOLD,
        given_to: Path | None = None,
    ) -> None:
        """Branches of which one is taken: after them, that is bound which all of them bind."""
        before, ends = self.certain, []
        for branch in branches:
            self.certain = set(before)
            for node in branch:
                if isinstance(node, ast.expr):
                    self.use(node, how, given_to)
                else:
                    self.visit(node)
            ends.append(self.certain)
        self.certain = set.intersection(*ends)

    def visit_If(self, node: ast.If) -> None:
        block = executed(node)
        if block is not None:
            self._all(block)
            return
        self.visit(node.test)
        self._apart([node.body, node.orelse])

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self._apart([node.body, []])
        self._apart([node.orelse, []])

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self.use(node.iter, How.LOOK)
        self.visit(node.target)
        before = set(self.certain)
        self._bind(node.target)
        sources = tuple(_sources(node.iter))
        self.elements |= dict.fromkeys(bound_by([node.target]).binds, sources)
        self._all(node.body)
        self.certain = before
        self._apart([node.orelse, []])

    visit_For = visit_AsyncFor = _for

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        before = set(self.certain)
        self._all([*node.body, *node.orelse])
        ends = [self.certain]
        for handler in node.handlers:
            self.certain = set(before)
            self.visit(handler)
            ends.append(self.certain)
        self.certain = set(before)
        self._all(node.finalbody)
        self.certain |= set.intersection(*ends)

    visit_Try = visit_TryStar = _try

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.use(node.type, How.LOOK)
        bound = {node.name} - self.certain if node.name and not self.late else set()
        self.certain = self.certain | bound
        self._all(node.body)
        self.certain = self.certain - bound

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.use(item.context_expr, How.LOOK)
            if item.optional_vars is not None:
                self.visit(item.optional_vars)
                self._bind(item.optional_vars)
        self._apart([node.body, []])  # what it manages may end the block early

    visit_With = visit_AsyncWith = _with

    def visit_Match(self, node: ast.Match) -> None:
        self.use(node.subject, How.LOOK)
        self._apart([*([case] for case in node.cases), []])

    def visit_match_case(self, node: ast.match_case) -> None:
        self.visit(node.pattern)
        self._bind(node.pattern)
        if node.guard is not None:
            self.visit(node.guard)
        self._all(node.body)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.visit(node.values[0])
        before = set(self.certain)
        self._all(node.values[1:])
        self.certain = before

    def visit_Delete(self, node: ast.Delete) -> None:
        self._all(node.targets)
        self.certain -= bound_by([node]).deletes.keys()

    def _pick(self, generator: ast.comprehension) -> None:
        """The variables of a comprehension are elements of something, or parts of such elements."""
        paths = (self.picked.get(path[0], (path,)) for path in _sources(generator.iter))
        sources = tuple(chain.from_iterable(paths))
        self.picked |= dict.fromkeys(bound_by([generator.target]).binds, sources)

    def _call_picked(self, callee: Path | None) -> None:
        """`[p.size() for p in PARTY]` calls a method of what is in PARTY.

        A loop may do more than that, of which nothing tells whether it may be done again; and what
        is called itself may be a class: `[System() for System in SYSTEMS]` holds what it made.
        """
        if callee and len(callee) > 1 and not self.late:
            for source in self.picked.get(callee[0], ()):
                self._read((*source, "[]"), How.CALL)


def _sources(node: ast.expr) -> Iterator[Path]:
    """What a loop takes its elements from: A and B in `zip(A.values(), B[1])`."""
    node = container_of(node)
    path = dotted(node)
    if path:
        yield path
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):
            yield from _sources(node.func.value)
        for argument in node.args:
            yield from _sources(argument)
