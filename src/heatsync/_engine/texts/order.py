"""The order in which a fresh import would run the statements of the modules concerned."""

from __future__ import annotations

import ast
import itertools
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator

from heatsync._engine.texts.graph import Graph
from heatsync._engine.texts.names import DEFINITIONS, FUNCTIONS
from heatsync._engine.texts.once import once
from heatsync._engine.texts.source import Statement


class Order:
    """Where each statement stands. Found out when it is first asked for: most edits run nothing.

    A module's statements run one after another, and an import in them runs another module's
    first; nothing but that is needed for modules that import one another. Only edited modules are
    looked at statement by statement: of the others it is enough to know what they import.
    """

    def __init__(self, graph: Graph, edited: Iterable[str], modules: Collection[str]) -> None:
        self._graph = graph
        self._edited = frozenset(edited)
        self._modules = modules  # live ones, in the order in which their imports began

    def key(self, module: str, statement: Statement) -> tuple[int, int, int]:
        """What to sort statements by."""
        if found := self._places.get(module):
            number = bisect_right(found, statement.line, key=_line) - 1
            return found[number][1], 0, statement.line
        # It imports none of those concerned: it stands where its import had ended among theirs.
        rank = self._ranks.get(module, 0)
        before = (last for last, end in self._last_places if end < rank)
        return max(before, default=-1), 1 + rank, statement.line

    @once
    def _last_places(self) -> list[tuple[int, int]]:
        """Where each module concerned ends among their statements, and when among all imports."""
        return [(at[-1][1], self._ranks.get(module, 0)) for module, at in self._places.items()]

    @once
    def _ranks(self) -> dict[str, int]:
        """By module, when its import ends, of all of them: seldom asked for, as it takes time."""
        ends = dict[str, int]()
        begun: set[str] = set()
        for first in list(self._modules):
            stack = [(first, iter([first]))]
            while stack:
                module, waiting = stack[-1]
                for imported in waiting:
                    if imported in begun:
                        continue
                    begun.add(imported)
                    stack.append((imported, iter([*self._imports(imported)])))
                    break
                else:
                    ends.setdefault(module, len(ends))
                    stack.pop()
        return ends

    def _imports(self, module: str) -> Iterator[str]:
        """What a module imports, as its text is now."""
        if module in self._edited:
            for statement in self._importing(module, frozenset()):
                yield from self._imported(module, statement)
        for name in self._graph.world.imports(module):
            yield from with_parents(name)

    @once
    def _places(self) -> dict[str, list[tuple[int, int]]]:
        """By module, from which line on its statements stand at which place among all."""
        found: dict[str, list[tuple[int, int]]] = {}
        for number, (module, line) in enumerate(self._walk({*self._graph.importing(self._edited)})):
            found.setdefault(module, []).append((line, number))
        return found

    def _walk(self, wanted: set[str]) -> Iterator[tuple[str, int]]:
        begun: set[str] = set()
        roots = {name.partition(".")[0] for name in wanted}
        # A copy, as imports in other threads add to them.
        near = (name for name in [*self._modules, *wanted] if name.partition(".")[0] in roots)
        for first in itertools.chain.from_iterable(map(with_parents, near)):
            if first not in wanted or first in begun:
                continue
            begun.add(first)
            # An explicit stack: imports may be nested deeper than Python's own calls may be.
            stack = [self._run(first)]
            while stack:
                for imported, place in stack[-1]:
                    if place is not None:
                        yield place
                    elif imported in wanted and imported not in begun:
                        begun.add(imported)
                        stack.append(self._run(imported))
                        break
                else:
                    stack.pop()

    def _run(self, module: str) -> Iterator[tuple[str, tuple[str, int] | None]]:
        """What happens while a module is imported: other modules' names, and its own places."""
        if module not in self._edited:
            for name in self._graph.world.imports(module):
                for imported in with_parents(name):
                    yield imported, None
            yield module, (module, 0)
            return
        yield module, (module, 0)
        late = self._late_importers(module)
        statements = self._importing(module, late)
        named = {statement: [*self._imported(module, statement)] for statement in statements}
        told = set(itertools.chain.from_iterable(named.values()))
        found = [name for name in self._graph.world.brought(module) if name not in told]
        scanning = next(filter(_may_scan, statements), statements[-1] if statements else None)
        for statement in statements:
            yield from ((imported, None) for imported in named[statement])
            if statement is scanning:
                yield from ((imported, None) for imported in found)
            if late and _names_one(statement, late):
                for imported in self._imported_by_calls(module, statement):
                    yield imported, None
            yield module, (module, statement.line)

    def _importing(self, module: str, late: frozenset[str]) -> list[Statement]:
        """The statements of an edited module that may import something, in order."""
        source = self._graph.world.source(module)
        words = ["import", *late]
        found = {s: None for word in words for s in (source.saying(word) if source else ())}
        return sorted(found, key=lambda statement: statement.line)

    def _imported(self, module: str, statement: Statement) -> Iterator[str]:
        for part in (statement, *statement.every_member()):
            for imported in part.bound.imports:
                target = self._graph.absolute(module, imported)
                yield from with_parents(target)
                if imported.name:
                    yield f"{target}.{imported.name}"

    def _late_importers(self, module: str) -> frozenset[str]:
        """The definitions of a module that have an import inside."""
        source = self._graph.world.source(module)
        return frozenset(
            statement.node.name
            for statement in (source.saying("import") if source else ())
            if isinstance(statement.node, DEFINITIONS) and "import" in statement.text
        )

    def _imported_by_calls(self, module: str, statement: Statement) -> Iterator[str]:
        for home, function in self._graph.called(module, statement):
            for imported in function.names.imports:
                target = self._graph.absolute(home, imported)
                yield from with_parents(target)
                if imported.name:
                    yield f"{target}.{imported.name}"


def _line(place: tuple[int, int]) -> int:
    return place[0]


def _may_scan(statement: Statement) -> bool:
    """Whether a statement may import what its text does not name, as from a folder of plugins."""
    return not isinstance(statement.node, (ast.Import, ast.ImportFrom, *FUNCTIONS))


def _names_one(statement: Statement, definitions: frozenset[str]) -> bool:
    """Whether a statement, other than a function, may call one of these."""
    is_function = isinstance(statement.node, FUNCTIONS)
    return not is_function and any(name in statement.text for name in definitions)


def with_parents(module: str) -> Iterator[str]:
    """Importing a.b.c imports a, a.b and a.b.c, in this order."""
    return itertools.accumulate(module.split("."), "{}.{}".format)
