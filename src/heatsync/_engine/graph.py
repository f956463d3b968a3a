"""Definitions and uses across files: who could be affected by a change."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Protocol

from heatsync._engine.names import BUILTINS, How, Import, Path, Use
from heatsync._engine.source import Source, Statement


class Ref(NamedTuple):
    """A name of a module: ("app", "f"), or of a class in it: ("app", "Service.run")."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Grade(IntEnum):
    """In what way a name came out different."""

    SAME = 0
    PATCHED = 1  # the same object; functions in it, or that it calls, behave anew
    RENEWED = 2  # the same function or class, with another header or other members
    REFILLED = 3  # the same container, with other contents
    REPLACED = 4  # a class that is another object, to which its instances went over
    REBOUND = 5  # another value, or none


class Manner(IntEnum):
    """How a statement uses a name, once it is known what the name stands for."""

    HOLD = 0
    CONSTRUCT = 1
    PASS = 2  # hands it to a function, which may look into it
    SUBCLASS = 3
    LOOK = 4
    CALL = 5
    LATE = 6  # in a function, when that is called: never a reason to run


# From which grade on a use is a reason to run the statement again. Below it, the statement
# keeps what it has, and those who read *it* are told that it behaves anew.
THRESHOLD = {
    Manner.HOLD: Grade.REPLACED,
    Manner.CONSTRUCT: Grade.REBOUND,
    Manner.PASS: Grade.REFILLED,
    Manner.SUBCLASS: Grade.RENEWED,
    Manner.LOOK: Grade.RENEWED,
    Manner.CALL: Grade.PATCHED,
}


# After so many searches of one text, reading all its words once is the cheaper way.
_WORTH_AN_INDEX = 16


class World(Protocol):
    """What the graph asks about the files that are live, with the pending texts in place."""

    def forget(self) -> None:
        """Another module has become live."""

    def source(self, module: str) -> Source | None:
        """The text of a module, if it is live."""

    def importers(self, module: str) -> Iterable[str]:
        """The live modules whose text may import this one."""

    def imports(self, module: str) -> Iterable[str]:
        """The names of modules that a module's text may import."""

    def package(self, module: str) -> str:
        """What relative imports in a module start from."""

    def module_at(self, ref: Ref) -> str | None:
        """The live module that a name holds although no import statement says so."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One use of a statement, resolved."""

    ref: Ref
    manner: Manner


class Graph:
    """Answers who reads what, among the modules of a world. Remembers what it found out."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._binders: dict[str, dict[str, list[Statement]]] = {}
        self._now: dict[int, tuple[Reading, ...]] = {}
        self._late: dict[int, tuple[Ref, ...]] = {}
        self._asked: Counter[str] = Counter()

    def forget(self) -> None:
        """Another module has become live: names may lead on to it."""
        self.world.forget()
        for known in (self._binders, self._now, self._late):
            known.clear()

    # ------------------------------------------------------------------- definitions

    def binders(self, module: str) -> dict[str, list[Statement]]:
        """By qualified name, the statements of a module that bind or delete it, in order."""
        found = self._binders.get(module)
        if found is None:
            found = self._binders[module] = {}
            source = self.world.source(module)
            for statement in source.walk if source else ():
                for name in self.outcome(module, statement):
                    found.setdefault(statement.qualified(name), []).append(statement)
        return found

    def outcome(self, module: str, statement: Statement) -> Iterator[str]:
        """The names a statement binds or deletes, those of a star import included."""
        yield from statement.bound.outcome
        for imported in statement.bound.imports:
            if imported.name == "*":
                yield from self.public(self.absolute(module, imported))

    def public(self, module: str) -> list[str]:
        """The names that `from module import *` binds."""
        binders = self.binders(module)
        declared = self._declared(binders.get("__all__", []))
        names = [name for name in binders if "." not in name]
        if declared is not None:
            return [name for name in names if name in declared]
        return [name for name in names if not name.startswith("_")]

    @staticmethod
    def _declared(statements: list[Statement]) -> set[str] | None:
        """The strings in the statements that make `__all__`; None without any."""
        if not statements:
            return None
        return {
            node.value
            for statement in statements
            for node in ast.walk(statement.node)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }

    def absolute(self, module: str, imported: Import) -> str:
        """The absolute name of the module that an import names."""
        if not imported.level:
            return imported.module
        base = self.world.package(module).split(".")
        kept = base[: len(base) - imported.level + 1]
        return ".".join([*kept, imported.module] if imported.module else kept)

    def module_named(self, ref: Ref, depth: int = 0) -> str | None:
        """The live module that a name stands for."""
        for statement in reversed(self.binders(ref.module).get(ref.name, [])):
            for imported in statement.bound.imports:
                if imported.binds == ref.name:
                    return self._imported_module(ref.module, imported, depth)
        held = self.world.module_at(ref)
        if held is not None:
            return held
        submodule = f"{ref.module}.{ref.name}"
        return submodule if self.world.source(submodule) else None

    def _imported_module(self, module: str, imported: Import, depth: int) -> str | None:
        target = self.absolute(module, imported)
        if imported.name is None:
            return target
        if depth > 20:  # a cycle of re-exports
            return None
        return self.module_named(Ref(target, imported.name), depth + 1)

    def definition(self, ref: Ref, depth: int = 0) -> tuple[str, Statement] | None:
        """The statement that defines what a name stands for, through imports."""
        statements = self.binders(ref.module).get(ref.name)
        if not statements or depth > 20:
            return None
        last = statements[-1]
        for imported in last.bound.imports:
            if imported.binds == ref.name and imported.name:
                source = Ref(self.absolute(ref.module, imported), imported.name)
                return self.definition(source, depth + 1)
        return ref.module, last

    # -------------------------------------------------------------------------- uses

    def resolve(self, module: str, owner: str, path: Path) -> list[Ref]:
        """The names read on the way along a dotted path; the last is what it comes to."""
        inner = f"{owner}.{path[0]}" if owner else path[0]
        here = inner if inner in self.binders(module) else path[0]
        refs = [Ref(module, here)]
        for part in path[1:]:
            following = self._step(refs[-1], part)
            if following is None:
                break
            refs.append(following)
        return refs

    def _step(self, ref: Ref, part: str) -> Ref | None:
        module = self.module_named(ref)
        if module is not None:
            return Ref(module, part) if self.world.source(module) else None
        defined = self.definition(ref)
        if defined and defined[1].is_class:
            member = Ref(defined[0], f"{defined[1].qualname}.{part}")
            if member.name in self.binders(member.module):
                return member
        return None

    def now(self, module: str, statement: Statement) -> tuple[Reading, ...]:
        """What a statement reads while it runs; of a class, what its header reads."""
        found = self._now.get(id(statement))
        if found is None:
            found = self._now[id(statement)] = tuple(
                dict.fromkeys(self._find_now(module, statement))
            )
        return found

    def _find_now(self, module: str, statement: Statement) -> Iterator[Reading]:
        for use in statement.names.now:
            refs = self.resolve(module, statement.owner, use.path)
            for ref in refs[:-1]:
                yield Reading(ref, Manner.HOLD)
            reached = len(refs) == len(use.path)
            manner = self._manner(module, statement.owner, use, refs[-1], reached)
            if manner is Manner.CALL and not reached and isinstance(statement.node, ast.Expr):
                # `server.start()` is an act, done once: other code in the server does not undo it.
                manner = Manner.LOOK
            yield Reading(refs[-1], manner)
        for imported in statement.names.imports:
            yield from self._import_reading(module, imported)

    def _import_reading(self, module: str, imported: Import) -> Iterator[Reading]:
        if not imported.binds or imported.name is None:
            return
        target = self.absolute(module, imported)
        names = self.public(target) if imported.name == "*" else [imported.name]
        for name in names:
            yield Reading(Ref(target, name), Manner.HOLD)
        if imported.name == "*":
            yield Reading(Ref(target, "*"), Manner.HOLD)

    def _manner(self, module: str, owner: str, use: Use, ref: Ref, reached: bool) -> Manner:
        if use.how is How.CALL:
            defined = self.definition(ref) if reached else None
            return Manner.CONSTRUCT if defined and defined[1].is_class else Manner.CALL
        if use.how is How.DRIVE:
            return Manner.CALL
        if use.how is How.SUBCLASS:
            return Manner.SUBCLASS
        if use.how is How.LOOK or not reached:
            return Manner.LOOK
        if use.given_to and self._looks_into_arguments(module, owner, use.given_to):
            return Manner.PASS
        return Manner.HOLD

    def _looks_into_arguments(self, module: str, owner: str, callee: Path) -> bool:
        """Whether a callee computes with its arguments rather than keep them.

        Functions do, classes keep: `service = Service(CONFIG)` holds, `n = count(CONFIG)` does
        not. Of a class of another's library only the spelling of its name tells that it is one.
        """
        ref = self.resolve(module, owner, callee)[-1]
        defined = self.definition(ref)
        if defined:
            return not defined[1].is_class
        return callee[-1] in BUILTINS or not callee[-1][:1].isupper()

    def late(self, module: str, statement: Statement) -> tuple[Ref, ...]:
        """What the functions of a statement read when they are called."""
        found = self._late.get(id(statement))
        if found is None:
            found = self._late[id(statement)] = tuple(
                dict.fromkeys(self._find_late(module, statement))
            )
        return found

    def _find_late(self, module: str, statement: Statement) -> Iterator[Ref]:
        for use in statement.names.late:
            yield from self.resolve(module, "", use.path)
        for imported in statement.names.imports:
            if not imported.binds and imported.name:
                yield Ref(self.absolute(module, imported), imported.name)

    def fills(self, module: str, statement: Statement) -> Iterator[Ref]:
        """The containers that the functions of a statement change in place."""
        for path in statement.names.fills:
            yield self.resolve(module, "", path)[-1]

    # -------------------------------------------------------------------- dependents

    def dependents(self, ref: Ref) -> Iterator[tuple[str, Statement]]:
        """The statements that read a name, now or late, in its module and those that import it."""
        word = ref.name.rpartition(".")[2]
        for module in dict.fromkeys([ref.module, *self.world.importers(ref.module)]):
            for statement in self._mentioning(module, word):
                if self._reads(module, statement, ref):
                    yield module, statement

    def _mentioning(self, module: str, word: str) -> Iterable[Statement]:
        """The statements in whose text a name stands, or that import names unseen."""
        source = self.world.source(module)
        if source is None or (word not in source.text and "import *" not in source.text):
            return ()
        self._asked[module] += 1
        if self._asked[module] < _WORTH_AN_INDEX:
            return (s for s in source.walk if word in s.text or "import *" in s.text)
        return source.mentions[word] if word != "*" else source.walk

    def _reads(self, module: str, statement: Statement, ref: Ref) -> bool:
        if any(reading.ref == ref for reading in self.now(module, statement)):
            return True
        return ref in self.late(module, statement)
