"""The code that the functions of a batch's texts are compiled to: each statement once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from types import CodeType

from heatsync._engine.texts import compiling
from heatsync._engine.texts.edit import Edit
from heatsync._engine.texts.places import Place, column_of
from heatsync._engine.texts.source import Source, Statement


class Codes:
    """What top-level statements are compiled to, as they are when the whole file is compiled."""

    def __init__(self) -> None:
        self._known: dict[Statement, CodeType] = {}

    def check(self, edit: Edit) -> None:
        """Compiles what was edited, as some errors show only then (`return` outside a function).

        Raises SyntaxError. What the compiler warns of is told now, and not again.
        """
        new = edit.new
        changed = [pair.new for pair in edit.changed]
        if any("__future__" in s.text or not s.begins_line for s in changed):
            compiling.check(new.text, 1, new.file)
            return
        for statement in changed:
            text = f"{statement.text}{new.show_imports}"
            self._known[statement] = compiling.check(text, statement.line, new.file, new.flags)

    def compiled(self, statement: Statement) -> CodeType | None:
        """The code of a top-level statement, where it was compiled already."""
        return self._known.get(statement)

    def of(self, statement: Statement, source: Source) -> CodeType:
        """The code of the top-level statement that one of a text is, or is a part of."""
        top = statement.top
        code = self._known.get(top)
        if code is None:
            code = self._known[top] = _compiled(top, source)
        return code

    def functions(self, statement: Statement, source: Source) -> dict[Place, CodeType]:
        """The code objects of all functions around and in a statement, by where they stand."""
        found: dict[Place, CodeType] = {}
        waiting = deque([self.of(statement, source)])
        while waiting:
            for nested in nested_codes(waiting.popleft()):
                for place in places_of(nested):
                    found.setdefault(place, nested)
                waiting.append(nested)
        return found


def _compiled(top: Statement, source: Source) -> CodeType:
    if top.begins_line:
        text = f"{top.text}{source.show_imports}"
        return compiling.compiled_at(text, top.line, source.file, source.flags)
    return compiling.compiled(source.unit(top.located()), source.file, source.flags)


def nested_codes(code: CodeType) -> list[CodeType]:
    """The code objects among the constants of one."""
    constants = code.co_consts
    if CodeType not in map(type, constants):  # as in most, which is seen three times as fast
        return []
    return [constant for constant in constants if type(constant) is CodeType]


def places_of(code: CodeType) -> Iterator[Place]:
    """Where a function stands, by what its code tells; of a lambda also the column."""
    yield Place(code.co_name, code.co_firstlineno)
    if code.co_name == "<lambda>":
        yield Place("<lambda>", code.co_firstlineno, column_of(code))
