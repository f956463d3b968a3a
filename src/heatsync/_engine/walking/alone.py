"""Which members of a class can be set by themselves, without running the whole class again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.objects import execute
from heatsync._engine.texts.edit import Change, Pair
from heatsync._engine.texts.kinds import class_dict
from heatsync._engine.texts.making import hands_on
from heatsync._engine.texts.names import FUNCTIONS, dotted
from heatsync._engine.texts.source import Statement

# Members from which `type` makes others, or the layout.
_SHAPING = frozenset(
    {"__class_getitem__", "__classcell__", "__eq__", "__hash__", "__init_subclass__", "__new__"}
    | {"__slots__"}
)


class Alone:
    """Tells which of the members that differ need the whole class, as the text of it has become."""

    def __init__(self, batch: Batch, module: str, cls: Any, pair: Pair) -> None:
        self._batch = batch
        self._module = module
        self._cls = cls
        self._pair = pair
        self._is_plain = (
            cls is not None
            and execute.is_plain(cls, pair.new.node)
            and not _is_decorated_below(batch, module, pair.new)
        )

    def inside(self, members: Iterable[Pair]) -> list[Pair]:
        """The nested classes that differ inside, where somebody has looked at all of the block."""
        if self._is_plain:
            return []
        return [m for m in members if m.change is Change.INSIDE and any(_differing(m))]

    def need_all(self, due: Iterable[Pair], dropped: Iterable[str], rearranged: bool) -> bool:
        """Whether not all of these can be set or taken away alone, or fields put in order."""
        due, dropped = list(due), list(dropped)
        statement = self._pair.new
        touched = {name for member in due for name in member.new.bound.outcome} | {*dropped}
        globals_bound = {name for member in due for name in member.new.names.binds}
        if not _SHAPING.isdisjoint(touched) or not globals_bound.isdisjoint(statement.globals):
            return True
        if any(member.bound.deletes for member in statement.members):
            return True
        if _loses_members(self._batch, self._module, statement):
            return True
        return not self._is_plain and bool(rearranged or self.needing(due) or self.missed(dropped))

    def needing(self, due: Iterable[Pair]) -> list[Pair]:
        """The members that somebody has to look at who looks at the finished class."""
        due = [pair for pair in due if not self._stays_itself(pair)]
        taken = self._taken(pair.new for pair in due)
        return [pair for pair in due if taken.isdisjoint(pair.new.bound.binds)]

    def missed(self, dropped: Iterable[str]) -> list[str]:
        """The names that are gone, and were looked at by whoever saw the finished class."""
        gone = list(dropped)
        old = self._pair.old.members if self._pair.old else ()
        taken = self._taken(m for m in old if not m.bound.binds.keys().isdisjoint(gone))
        return [name for name in gone if name not in taken]

    def _taken(self, members: Iterable[Statement]) -> set[str]:
        """The names of those that are methods, if the library of the class does without a look."""
        methods = {
            member.node.name: [".".join(dotted(d) or ("?",)) for d in member.node.decorator_list]
            for member in members
            if isinstance(member.node, FUNCTIONS)
        }
        takes = (
            methods
            and self._cls is not None
            and self._batch.libraries.takes_methods(self._cls, methods)
        )
        return {*methods} if takes else set()

    def _stays_itself(self, pair: Pair) -> bool:
        """Whether a member is a method that whoever looked at it holds as what it will be.

        It is the same function, which is given another header and body.
        """
        nodes = [statement.node for statement in (pair.old, pair.new) if statement]
        names = list(pair.new.bound.binds)
        return (
            pair.change is Change.EDITED
            and all(isinstance(node, FUNCTIONS) and not node.decorator_list for node in nodes)
            and not names[0].endswith("__")
            and not (names[0].startswith("_") and names[0].endswith("_"))
            and type(class_dict(self._cls).get(names[0])) is FunctionType
        )


def _differing(pair: Pair) -> Iterator[bool]:
    """Something for each member of a nested class that is not the same, or is gone."""
    for member in pair.members.pairs if pair.members else ():
        if member.change in (Change.EDITED, Change.ADDED):
            yield True
        yield from _differing(member)
    yield from (True for _ in (pair.members.dropped if pair.members else ()))


def _is_decorated_below(batch: Batch, module: str, cls: Statement) -> bool:
    """Whether another statement gives the finished class to a decorator: `C = tool(C)`."""
    name = cls.qualname.rpartition(".")[2]
    binders = batch.graph.binders(module, cls.qualname)
    return any(hands_on(binder.node, name, looks=True) for binder in binders)


def _loses_members(batch: Batch, module: str, statement: Statement) -> bool:
    """Whether other statements take members of a class away."""
    path = (statement.qualname,)
    return any(
        path in other.names.takes_from
        for other in batch.statements(module)
        if "del" in other.text and path[0] in other.text
    )
