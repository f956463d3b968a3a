"""What annotations and type parameters read."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from heatsync._engine.texts import compiling
from heatsync._engine.texts.names import How, dotted
from heatsync._engine.texts.scopes import Scope, Scoped


class Typed(Scoped):
    """Reads expressions of types, which name things rather than look into them."""

    def _annotation(self, node: ast.expr, handed_on: bool) -> None:
        """`list[Item]` names Item and looks into nothing; who is handed it may."""
        if handed_on:
            self._names_in(node, How.HOLD)
        elif not self.lazy_annotations:
            self._names_in(node)

    def _names_in(self, node: ast.AST, how: How = How.NAME) -> None:
        """Reads the names in an expression of types."""
        path = dotted(node)
        if path:
            self._read(path, how)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                inner = compiling.expression(node.value.strip()) if how is How.HOLD else None
            except (SyntaxError, ValueError):
                return  # a text for people: Annotated[int, "in metres"]
            if inner is not None:
                self._names_in(inner.body, how)
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self._names_in(child, how)

    def _enter(self, params: Iterable[ast.AST]) -> None:
        """Opens the scope of type parameters. What their bounds name is read as in annotations."""
        self.scopes.append(Scope({param.name for param in params}))  # type: ignore[attr-defined]
        for param in params:
            for part in ("bound", "default_value"):
                value = getattr(param, part, None)
                if value is not None:
                    self._names_in(value)
