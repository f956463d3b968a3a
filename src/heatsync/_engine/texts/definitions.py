"""What names stand for, across files."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

from heatsync._engine.texts import exports
from heatsync._engine.texts.making import hands_on
from heatsync._engine.texts.names import DEFINITIONS, Import, Path, Use, dotted
from heatsync._engine.texts.source import Source, Statement


class Ref(NamedTuple):
    """A name of a module: ("app", "f"), or of a class in it: ("app", "Service.run")."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class World(Protocol):
    """What the graph asks about the files that are live, with the pending texts in place."""

    def forget(self) -> None:
        """Another module has become live."""

    def source(self, module: str) -> Source | None:
        """The text of a module, if it is live."""

    def may_say(self, module: str, word: str) -> bool:
        """Whether a word may stand in its text, or it imports names unseen. Parses nothing."""

    def importers(self, module: str) -> Iterable[str]:
        """The live modules whose text may import this one."""

    def brought(self, module: str) -> Iterable[str]:
        """The live modules that were imported while this one was."""

    def imports(self, module: str) -> Iterable[str]:
        """The names of modules that a module's text may import."""

    def package(self, module: str) -> str:
        """What relative imports in a module start from."""

    def module_at(self, ref: Ref) -> str | None:
        """The live module that a name holds although no import statement says so."""

    def exported(self, module: str) -> list[str] | None:
        """What `__all__` of a module holds at the moment; None without any."""


_T = TypeVar("_T")
_LONG = 20  # names that lead one to another
GIVER = "__getattr__"  # of a module: gives the names that it does not bind


@dataclass(frozen=True, slots=True)
class Way:
    """The names on the way along a dotted path, and whether they lead to its end."""

    refs: list[Ref]
    reached: bool


def _decorated_below(ref: Ref, binders: Sequence[Statement]) -> Statement | None:
    """The class that statements below it decorate: `C = tool(C)` is what `@tool` would be."""
    name = ref.name.rpartition(".")[2]
    above = next((s for s in reversed(binders) if not hands_on(s.node, name)), None)
    return above if above is not None and above.is_class else None


class Definitions:
    """Answers what a dotted path leads to, among the modules of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._binders: dict[tuple[str, str], list[Statement]] = {}
        self._public: dict[tuple[str, str], list[str]] = {}
        self._sought: set[Ref] = set()  # what is being looked up
        self._declaring: set[str] = set()  # modules whose `__all__` is being put together
        self._own_all: dict[str, bool] = {}  # whether a module says which names are public
        # Hundreds of statements say `@app.route`; what that is may depend on what modules hold.
        self._followed: dict[tuple[Ref, Path], Way] = {}
        self._defined: dict[Ref, tuple[str, Statement] | None] = {}

    def look_anew(self) -> None:
        """Code has run, and modules may hold other things."""
        self._followed.clear()
        self._defined.clear()

    def binders(self, module: str, name: str) -> list[Statement]:
        """The statements of a module that bind or delete a qualified name, in order."""
        found = self._binders.get((module, name))
        if found is None:
            source = self.world.source(module)
            self._binders[module, name] = found = [
                statement
                for statement in (source.binding(name) if source else ())
                if any(name == statement.qualified(n) for n in self.outcome(module, statement))
            ]
        return found

    def outcome(self, module: str, statement: Statement) -> list[str]:
        """The names a statement binds or deletes, those of a star import included."""
        names = list(statement.bound.outcome)
        for imported in statement.bound.imports:
            if imported.name == "*":
                names += self.public(self.absolute(module, imported), by=module)
        return names

    def public(self, module: str, *, by: str = "") -> list[str]:
        """The names that `from module import *` binds; not those that the module which says so had
        lent to it by a star, as they only come home."""
        declared = self._declared_or_held(module)
        if declared is not None:
            return declared
        found = self._public.get((module, by))
        if found is None:
            names = self._names(module, {by})
            self._public[module, by] = found = [n for n in names if not n.startswith("_")]
        return found

    def _names(self, module: str, seen: set[str]) -> dict[str, None]:
        """Those of a module without `__all__`. Modules may bring each other's, or their own."""
        source, names = self.world.source(module) if module not in seen else None, dict[str, None]()
        seen.add(module)
        for statement in source.statements if source else ():
            for name in statement.bound.outcome:
                if isinstance(statement.node, ast.Delete):
                    names.pop(name, None)
                else:
                    names[name] = None
            for imported in statement.bound.imports:
                if imported.name == "*":
                    other = self.absolute(module, imported)
                    declared = self._declared_or_held(other)
                    brought = self._names(other, seen) if declared is None else declared
                    names.update(dict.fromkeys(brought))
        return names

    def _declared_or_held(self, module: str) -> list[str] | None:
        """What is in the `__all__` of a module that has one, as far as that can be told."""
        if module not in self._own_all:
            source = self.world.source(module)
            binding = source.binding(exports.ALL) if source else ()
            self._own_all[module] = any(exports.ALL in s.bound.outcome for s in binding)
        if not self._own_all[module]:
            return None
        declared = self._declared(module)
        # Where it is computed, only what it holds now can tell.
        return self.world.exported(module) if declared is None else declared

    def _declared(self, module: str) -> list[str] | None:
        if module in self._declaring:  # it is made of itself
            return None

        def named(node: ast.expr) -> list[str] | None:
            path = dotted(node)
            refs = self.resolve(module, "", path) if path else []
            other = refs[-1].module if refs and refs[-1].name == exports.ALL else module
            return self._declared(other) if other != module else None

        source = self.world.source(module)
        about = (
            [s.node for s in source.saying(exports.ALL) if exports.ALL in s.text] if source else []
        )
        self._declaring.add(module)
        try:
            return exports.declared([s for s in about if not isinstance(s, DEFINITIONS)], named)
        finally:
            self._declaring.remove(module)

    def absolute(self, module: str, imported: Import) -> str:
        """The absolute name of the module that an import names."""
        if not imported.level:
            return imported.module
        base = self.world.package(module).split(".")
        kept = base[: len(base) - imported.level + 1]
        return ".".join([*kept, imported.module] if imported.module else kept)

    def module_named(self, ref: Ref, depth: int = 0) -> str | None:
        """The live module that a name stands for."""
        for statement in reversed(self.binders(*ref)):
            for imported in statement.bound.imports:
                if imported.binds == ref.name:
                    found = self._imported_module(ref.module, imported, depth)
                    # A package that says `from . import name` means its submodule.
                    return found or self._submodule(ref)
        held = self.world.module_at(ref)
        if held is not None:
            return held
        return self._submodule(ref)

    def _submodule(self, ref: Ref) -> str | None:
        submodule = str(ref)
        return submodule if self.world.source(submodule) else None

    def _imported_module(self, module: str, imported: Import, depth: int) -> str | None:
        target = self.absolute(module, imported)
        if imported.name is None:
            return target
        if depth > 20:  # a cycle of re-exports
            return None
        return self.module_named(Ref(target, imported.name), depth + 1)

    def definition(self, ref: Ref) -> tuple[str, Statement] | None:
        """The statement that defines what a name stands for, through imports and aliases."""
        if ref in self._defined:
            return self._defined[ref]
        is_first = not self._sought
        found = self._while_sought(ref, self._definition, ref)
        if is_first:
            self._defined[ref] = found
        return found

    def _while_sought(
        self, ref: Ref, find: Callable[..., _T | None], *arguments: object
    ) -> _T | None:
        """What is found, where a name may be looked up now: not while that is going on and led back
        to it, nor at the end of a chain longer than people write."""
        if ref in self._sought or len(self._sought) >= _LONG:
            return None
        self._sought.add(ref)
        try:
            return find(*arguments)
        finally:
            self._sought.remove(ref)

    def _definition(self, ref: Ref) -> tuple[str, Statement] | None:
        # `x += …` changes what another statement defined.
        defining = [s for s in self.binders(*ref) if not isinstance(s.node, ast.AugAssign)]
        if not defining:
            return None
        last = defining[-1]
        if len(defining) > 1:
            last = _decorated_below(ref, defining) or last
        for imported in last.bound.imports:
            source = Ref(self.absolute(ref.module, imported), str(imported.name))
            if imported.binds == ref.name and imported.name:
                return self.definition(source)
            if imported.name == "*" and ref.name in self.public(source.module, by=ref.module):
                return self.definition(Ref(source.module, ref.name))
        return self._aliased(ref, last) or (ref.module, last)

    def origins(self, ref: Ref) -> Iterator[Ref]:
        """The names in other modules that a name is imported from."""
        for statement in self.binders(*ref)[-1:]:
            for imported in statement.bound.imports:
                module = self.absolute(ref.module, imported)
                if imported.name == "*" and ref.name in self.public(module):
                    yield Ref(module, ref.name)
                elif imported.binds == ref.name and imported.name:
                    yield Ref(module, imported.name)

    def _aliased(self, ref: Ref, last: Statement) -> tuple[str, Statement] | None:
        """What `K = A` and `K = A[int]` are other names for."""
        value = last.node.value if isinstance(last.node, (ast.Assign, ast.AnnAssign)) else None
        generic = isinstance(value, ast.Subscript)
        path = dotted(value.value if isinstance(value, ast.Subscript) else value) if value else None
        if path is None or [last.qualified(name) for name in last.bound.binds] != [ref.name]:
            return None
        way = self.way(ref.module, last.owner, path)
        found = self.definition(way.refs[-1]) if way.reached else None
        return None if found and generic and not found[1].is_class else found

    # ------------------------------------------------------------------------- paths

    def resolve(self, module: str, owner: str, path: Path) -> list[Ref]:
        """The names read on the way along a dotted path; the last is what it comes to."""
        return self.way(module, owner, path).refs

    def way(self, module: str, owner: str, path: Path) -> Way:
        """Follows a dotted path from a statement of a module or class block."""
        inner = f"{owner}.{path[0]}" if owner else path[0]
        here = inner if owner and self.binders(module, inner) else path[0]
        return self._follow(Ref(module, here), path[1:])

    def class_at(self, module: str, owner: str, path: Path) -> tuple[str, Statement] | None:
        """The class statement that a dotted path comes to.

        `abc.ABC` comes to none: it ends at the import of `abc`, which is no base of anything.
        """
        way = self.way(module, owner, path)
        found = self.definition(way.refs[-1]) if way.reached else None
        return found if found and found[1].is_class else None

    def way_of(self, module: str, owner: str, use: Use) -> Way:
        """Follows what a statement uses."""
        if use.module is None:
            return self.way(module, "" if use.outside else owner, use.path)
        target = self.absolute(module, use.module)
        way = self._follow(Ref(target, use.path[0]), use.path[1:])
        way.refs[:0] = self._given_by(target, use.path[0])
        return way

    def _follow(self, first: Ref, parts: Path) -> Way:
        found = self._followed.get((first, parts))
        if found is None:
            found = self._find_way(first, parts)
            if not self._sought:
                self._followed[first, parts] = found
        return Way([*found.refs], found.reached)

    def _find_way(self, first: Ref, parts: Path) -> Way:
        refs = [first]
        for part in parts:
            following = self._step(refs[-1], part)
            if not following:
                return Way(refs, reached=False)
            refs.extend(following)
        return Way(refs, reached=True)

    def _step(self, ref: Ref, part: str) -> list[Ref]:
        """The names that decide what an attribute is; the last is the one that holds it."""
        module = self.module_named(ref)
        if module is not None:
            known = self.world.source(module)
            return [*self._given_by(module, part), Ref(module, part)] if known else []
        defined = self.definition(ref)
        return self._member(*defined, part) if defined and defined[1].is_class else []

    def _given_by(self, module: str, name: str) -> list[Ref]:
        """The `__getattr__` of a module, where nothing else tells what a name of it is."""
        binders = self.binders
        if (
            not binders(module, GIVER)
            or binders(module, name)
            or self.world.source(f"{module}.{name}")
        ):
            return []
        return [Ref(module, GIVER)]

    def _member(self, module: str, cls: Statement, part: str) -> list[Ref]:
        """A member of a class or of the first base that has it; those before might get it."""
        own = Ref(module, f"{cls.qualname}.{part}")
        if self.binders(*own) or part == "__subclasses__":
            return [own]
        found = self._while_sought(own, self._inherited, module, cls, part)
        return [own, *found] if found else []

    def _inherited(self, module: str, cls: Statement, part: str) -> list[Ref]:
        assert isinstance(cls.node, ast.ClassDef)
        for path in filter(None, map(dotted, cls.node.bases)):
            base = self.class_at(module, cls.owner, path)
            if found := self._member(*base, part) if base else []:
                return found
        return []
