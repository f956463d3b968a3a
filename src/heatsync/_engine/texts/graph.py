"""Definitions and uses across files: who could be affected by a change."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from heatsync._engine.texts import exports
from heatsync._engine.texts.callees import inspects
from heatsync._engine.texts.definitions import GIVER, Definitions, Ref, World
from heatsync._engine.texts.manners import THRESHOLD, Grade, Manner
from heatsync._engine.texts.mentions import says_once
from heatsync._engine.texts.names import (
    BUILTINS,
    DEFINITIONS,
    FUNCTIONS,
    How,
    Import,
    Names,
    Path,
    Use,
    dotted,
)
from heatsync._engine.texts.optional import may_defer
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.trees import acts

__all__ = ["THRESHOLD", "Grade", "Graph", "Manner", "Reading", "Ref", "World"]


# What making a class calls, of its metaclass and of its bases.
_MAKING = ("__prepare__", "__new__", "__init__", "__call__")
_INHERITING = ("__init_subclass__",)
# What making an enum calls, of the enum itself too: it makes its members.
_ENUMERATING = ("__new__", "__init__", "_generate_next_value_")

# After so many searches of one text, reading all its words once is the cheaper way.
_WORTH_AN_INDEX = 16


_PRIVATE = re.compile(r"^_[^\W_]\w*?__(?!.*__$)")  # what the text of a class does not say


@dataclass(frozen=True, slots=True)
class Reading:
    """One use of a statement, resolved."""

    ref: Ref
    manner: Manner


_MANY = 100  # classes above one, more than people write


class Graph(Definitions):
    """Answers who reads what, among the modules of a world. Remembers what it found out."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._now: dict[int, tuple[Reading, ...]] = {}
        self._late: dict[int, tuple[Ref, ...]] = {}
        self._mentioned: dict[tuple[str, str, str], tuple[Statement, ...]] = {}
        self._asked: defaultdict[str, int] = defaultdict(int)

    def forget(self) -> None:
        """Another module has become live: names may lead on to it."""
        self.world.forget()
        self.look_anew()
        for known in (self._binders, self._public, self._own_all, self._now, self._late):
            known.clear()
        self._mentioned.clear()

    def now(self, module: str, statement: Statement) -> tuple[Reading, ...]:
        """What a statement reads while it runs; of a class, what its header reads."""
        found = self._now.get(id(statement))
        if found is None:
            found = self._now[id(statement)] = tuple(
                dict.fromkeys(self._find_now(module, statement))
            )
        return found

    def _find_now(self, module: str, statement: Statement) -> Iterator[Reading]:
        if statement.waits:
            return
        for use in statement.names.now:
            way = self.way_of(module, statement.owner, use)
            *passed, ref = way.refs
            for before in passed:
                yield Reading(before, Manner.CALL if before.name == GIVER else Manner.HOLD)
            manner = self._manner(module, statement.owner, use, ref, way.reached)
            if (
                manner is Manner.CALL
                and not way.reached
                and (use.path in acts(statement) or self._is_function(ref))
            ):
                # `server.start()` is an act, done once: other code in the server does not undo it.
                # `@show.register` calls what a decorator gave to `show`, not the function itself.
                manner = Manner.LOOK
            yield Reading(ref, manner)
            if manner is Manner.CALL and not way.reached and passed and self._is_enum(passed[-1]):
                yield Reading(passed[-1], manner)  # `Color.RED.told()` calls a method of Color
        for imported in statement.names.imports:
            yield from self._import_reading(module, imported)
        called = self._called_to_decorate(module, statement)
        if statement.is_class:
            called = chain(called, self._called_to_make(module, statement, False, set()))
        yield from (Reading(ref, Manner.CALL) for ref in called)

    def _called_to_decorate(self, module: str, statement: Statement) -> Iterator[Ref]:
        """`@register("a")` calls what it makes, where `register` is a class."""
        for node in getattr(statement.node, "decorator_list", ()):
            path = dotted(node.func) if isinstance(node, ast.Call) else None
            found = self.class_at(module, statement.owner, path) if path else None
            above = [*self._above(*found)] if found else []
            makers = (ref for one in above for ref in self._methods(*one, ("__new__",)))
            made = next(filter(None, map(self.definition, makers)), None)
            if made is None or not may_defer(made[1].node):  # it is not given the function yet
                for home, cls in above:
                    yield from self._methods(home, cls, ("__call__",))

    def _is_enum(self, ref: Ref) -> bool:
        """Whether a name stands for a class whose members are instances of it."""
        defined = self.definition(ref)
        return defined is not None and self._enumerates(*defined)

    def _enumerates(self, home: str, cls: Statement) -> bool:
        return any(
            path[-1].endswith(("Enum", "Flag"))
            for _, one in self._above(home, cls)
            for path in _bases(one)
        )

    def _above(self, home: str, cls: Statement) -> Iterator[tuple[str, Statement]]:
        """A class and those it is derived from, each once: a text may lead in circles."""
        waiting, seen = [(home, cls)], set[Statement]()
        while waiting:
            home, cls = waiting.pop()
            if cls not in seen:
                seen.add(cls)
                yield home, cls
                bases = (self.class_at(home, cls.owner, path) for path in _bases(cls))
                waiting += filter(None, bases)

    def _called_to_make(
        self, module: str, statement: Statement, is_meta: bool, seen: set[tuple[Statement, bool]]
    ) -> Iterator[Ref]:
        """The methods that making a class calls: those of its metaclass, `__init_subclass__`."""
        node = statement.node
        if not isinstance(node, ast.ClassDef) or (statement, is_meta) in seen or len(seen) > _MANY:
            return
        seen.add((statement, is_meta))
        if not is_meta and self._enumerates(module, statement):
            yield from self._methods(module, statement, _ENUMERATING)
        bases = [(dotted(base), is_meta) for base in node.bases]
        metas = [(dotted(word.value), True) for word in node.keywords if word.arg == "metaclass"]
        for path, meta in [*bases, *metas]:
            if found := self.class_at(module, statement.owner, path) if path else None:
                yield from self._methods(*found, _MAKING if meta else _INHERITING)
                yield from self._called_to_make(*found, meta, seen)

    def _methods(self, module: str, cls: Statement, names: Iterable[str]) -> Iterator[Ref]:
        """Those of some methods that a class has itself."""
        members = [Ref(module, f"{cls.qualname}.{name}") for name in names]
        yield from (ref for ref in members if self.binders(*ref))

    def _import_reading(self, module: str, imported: Import) -> Iterator[Reading]:
        if not imported.binds or imported.name is None:
            return
        target = self.absolute(module, imported)
        names = self.public(target, by=module) if imported.name == "*" else [imported.name]
        for name in names:
            for giver in self._given_by(target, name):
                yield Reading(giver, Manner.CALL)
            yield Reading(Ref(target, name), Manner.HOLD)
        if imported.name == "*":
            yield Reading(Ref(target, "*"), Manner.HOLD)
            yield Reading(Ref(target, exports.ALL), Manner.LOOK)

    def _manner(self, module: str, owner: str, use: Use, ref: Ref, reached: bool) -> Manner:
        if use.how is How.CALL:
            defined = self.definition(ref) if reached else None
            return Manner.CONSTRUCT if defined and defined[1].is_class else Manner.CALL
        if use.how in (How.DRIVE, How.TRY):
            return Manner.CALL
        if use.how is How.NAME:
            return Manner.NAME
        if use.how is How.SUBCLASS:
            return Manner.SUBCLASS
        if use.how is How.JOIN and reached and self._is_definition(ref):
            return Manner.HOLD
        if use.how in (How.LOOK, How.JOIN) or not reached:
            return Manner.LOOK
        return (
            self._manner_of_argument(module, owner, use.given_to) if use.given_to else Manner.HOLD
        )

    def _is_definition(self, ref: Ref) -> bool:
        defined = self.definition(ref)
        return defined is not None and isinstance(defined[1].node, DEFINITIONS)

    def _is_function(self, ref: Ref) -> bool:
        defined = self.definition(ref)
        return defined is not None and isinstance(defined[1].node, FUNCTIONS)

    def _manner_of_argument(self, module: str, owner: str, callee: Path) -> Manner:
        """How a callee uses its arguments: whether it computes with them, or keeps them.

        Functions do, classes keep: `service = Service(CONFIG)` holds, `n = count(CONFIG)` does
        not. Of a class of another's library only the spelling of its name tells that it is one.
        """
        ref = self.resolve(module, owner, callee)[-1]
        if defined := self.definition(ref):
            if defined[1].is_class:
                return Manner.GIVE
            is_function = isinstance(defined[1].node, FUNCTIONS)
            return Manner.LOOK if is_function and inspects(defined[1].text) else Manner.PASS
        keeps = callee[-1] not in BUILTINS and callee[-1][:1].isupper()
        return Manner.GIVE if keeps else Manner.PASS

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
            yield from self.way_of(module, "", use).refs
        for imported in statement.names.imports:
            if imported.late and imported.name:
                target = self.absolute(module, imported)
                yield from (*self._given_by(target, imported.name), Ref(target, imported.name))

    def manners_late(self, module: str, statement: Statement, ref: Ref) -> set[Manner]:
        """How the functions of a statement use a name when they are called."""
        ways = ((use, self.way_of(module, "", use)) for use in statement.names.late)
        return {
            self._manner(module, "", use, ref, way.reached)
            for use, way in ways
            if way.refs[-1] == ref
        }

    def registrars(self, module: str, statement: Statement) -> Iterator[Ref]:
        """The functions whose own decorators a function is given to, and which may call it then.

        `@show.register` above `show_number`, where `show` was made by `singledispatch`.
        """
        decorators: list[ast.expr] = getattr(statement.node, "decorator_list", [])
        for decorator in decorators:
            path = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if path is None or len(path) == 1:
                continue
            ref = self.resolve(module, statement.owner, path[:-1])[-1]
            defined = self.definition(ref)
            if defined and defined[1].is_decorated:
                yield ref

    def fills(self, module: str, statement: Statement) -> list[Ref]:
        """The containers that the functions of a statement change in place."""
        return [self.resolve(module, "", path)[-1] for path in statement.names.fills]

    def called(self, module: str, statement: Statement) -> Iterator[tuple[str, Statement]]:
        """The functions that a statement calls while it runs, and those that these call."""
        readings = self.now(module, statement)
        calls = [r.ref for r in readings if r.manner in (Manner.CALL, Manner.CONSTRUCT)]
        seen: set[Ref] = set()
        for depth in range(4):
            if not calls:
                break
            seen.update(calls)
            following: dict[Ref, None] = {}
            found = (self._called_at(ref, module, statement) for ref in calls)
            for home, defined in filter(None, found):
                for part in (defined, *defined.every_member()):
                    yield home, part
                    if depth < 3:
                        following |= dict.fromkeys(self._calls(home, part))
            calls = [ref for ref in following if ref not in seen]

    def _called_at(
        self, ref: Ref, module: str, statement: Statement
    ) -> tuple[str, Statement] | None:
        """What a name stands for at the place of a statement, which may bind it anew itself."""
        if ref.module == module and "." not in ref.name:
            above = [s for s in self.binders(*ref) if s.line < statement.top.line]
            if above and isinstance(above[-1].node, DEFINITIONS):
                return module, above[-1]
        return self.definition(ref)

    def _calls(self, module: str, statement: Statement) -> Iterator[Ref]:
        for use in statement.names.late:
            if use.how is How.CALL:
                yield self.way_of(module, "", use).refs[-1]

    # -------------------------------------------------------------------- dependents

    def importing(self, modules: Iterable[str]) -> dict[str, None]:
        """These modules, and those that import them, directly or not."""
        found = dict.fromkeys(modules)
        waiting = list(found)
        while waiting:
            for importer in self.world.importers(waiting.pop()):
                if importer not in found:
                    found[importer] = None
                    waiting.append(importer)
        return found

    def dependents(self, ref: Ref) -> Iterator[tuple[str, Statement]]:
        """The statements that read a name, now or late, in its module and those that import it."""
        owner, _, name = ref.name.rpartition(".")
        word = _PRIVATE.sub("__", name)
        for module in dict.fromkeys([ref.module, *self.world.importers(ref.module)]):
            for statement in self.mentioning(module, word, owner.partition(".")[0]):
                if self._reads(module, statement, ref):
                    yield module, statement

    def mentioning(self, module: str, word: str, owner: str = "") -> Sequence[Statement]:
        """The statements in whose text a name stands, or that import names unseen.

        Of a member of a class, `owner` is the outermost class.
        """
        found = self._mentioned.get((module, word, owner))
        if found is None:
            found = tuple(self._find_mentioning(module, word, owner))
            self._mentioned[module, word, owner] = found
        return found

    def _find_mentioning(self, module: str, word: str, owner: str) -> Iterable[Statement]:
        if word != GIVER and not self.world.may_say(module, word):
            return ()
        source = self.world.source(module)
        if source is None or word == GIVER:
            return source.walk if source else ()
        self._asked[module] += 1
        # A private name stands as a part of a word where another class names it.
        is_whole = self._asked[module] >= _WORTH_AN_INDEX and word.isidentifier()
        is_whole = is_whole and not word.startswith("__")
        return source.saying_within(word, is_whole, "" if word.startswith("_") else owner)

    def _reads(self, module: str, statement: Statement, ref: Ref) -> bool:
        name = ref.name.rpartition(".")[2]
        if says_its_name_only(statement, name) or not _may_read(statement.names, name):
            return False
        if any(reading.ref == ref for reading in self.now(module, statement)):
            return True
        return ref in self.late(module, statement)


def says_its_name_only(statement: Statement, word: str) -> bool:
    """Whether a word stands in a function's text only where that is given its name."""
    is_its_own = isinstance(statement.node, FUNCTIONS) and statement.node.name == word
    return is_its_own and says_once(statement.text, word) and statement.text.isascii()


def _may_read(names: Names, word: str) -> bool:
    """Whether a name of this spelling may be read: or all that is read would be resolved first."""
    if not word.isidentifier() or word.startswith("_"):  # what no path says, or says otherwise
        return True
    uses = chain(names.now, names.late)
    return any(word in use.path for use in uses) or any(
        i.name in (word, "*") for i in names.imports
    )


def _bases(cls: Statement) -> list[Path]:
    node = cls.node
    return [p for b in node.bases if (p := dotted(b))] if isinstance(node, ast.ClassDef) else []
