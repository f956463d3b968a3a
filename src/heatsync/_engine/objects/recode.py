"""Gives live functions the code of a new text: their bodies or their lines differ."""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import partial
from types import CodeType, FunctionType
from typing import Any

from heatsync._engine.objects import class_lines
from heatsync._engine.objects import functions as live_code
from heatsync._engine.objects.functions import is_cache
from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.live_functions import bound_values, live_functions
from heatsync._engine.objects.shifts import Located, Lookup, Shifted
from heatsync._engine.texts.codes import Codes
from heatsync._engine.texts.compiling import CLASSES_TELL_LINES, shifted
from heatsync._engine.texts.edit import Change, Pair
from heatsync._engine.texts.graph import Graph
from heatsync._engine.texts.kinds import METHODS, Kinds, class_dict, home_of
from heatsync._engine.texts.names import DEFINITIONS, FUNCTIONS
from heatsync._engine.texts.places import Place, may_make_several
from heatsync._engine.texts.plan import Plan
from heatsync._engine.texts.sections import Nested, Section
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import Kind, StillOld
from heatsync._engine.texts.words import named
from heatsync._resident.brief import shortened
from heatsync._resident.live import Live, Running

_PROPERTIES = Kinds((property, functools.cached_property))
Write = tuple[FunctionType, str, object]


@dataclass(slots=True)
class Recoded:
    """What became of the statements whose functions were to get other code."""

    patched: list[tuple[str, Pair]] = field(default_factory=list)
    # Their closures are others, or they were not found, so that no code can be swapped: they have
    # to be run.
    unfit: list[tuple[str, Pair]] = field(default_factory=list)
    # Nobody has their functions any more, but what they gave to those who called them in between.
    overtaken: list[tuple[str, Pair]] = field(default_factory=list)
    still_old: list[StillOld] = field(default_factory=list)
    written: list[Write] = field(default_factory=list)
    span: tuple[int, int] = 0, 0  # where in the journal that begins and ends


def recode(plan: Plan, codes: Codes, graph: Graph, live: Live, journal: Journal) -> Recoded:
    """Swaps the code of all functions concerned, in one go."""
    work, begin = _Work(codes, graph, live, journal), journal.size
    for item in plan.recodes:
        work.prepare(item.module, item.pair, item.anew)
    for shift in plan.shifts:
        work.shift(shift.module, shift.sections)
    work.commit()
    work.outcome.span = begin, journal.size
    return work.outcome


def exchange(
    function: FunctionType,
    code: CodeType,
    module: str,
    moved: Sequence[tuple[Section, Section]],
    graph: Graph,
    live: Live,
    journal: Journal,
) -> None:
    """Gives one function other code, and what has moved below it other lines, in one go."""
    work = _Work(Codes(), graph, live, journal)
    work.outcome.written.append((function, "__code__", code))
    work.shift(module, moved)
    work.commit()


class _Work:
    """Gathers what is to be written, so that it can be written at once."""

    def __init__(self, codes: Codes, graph: Graph, live: Live, journal: Journal) -> None:
        self.outcome = Recoded()
        self._codes = codes
        self._graph = graph
        self._live = live
        self._journal = journal
        self._writes = self.outcome.written
        self._nested: dict[int, tuple[CodeType, CodeType]] = {}  # edited: by id of the old code
        self._moved: dict[int, tuple[CodeType, CodeType]] = {}
        self._modules: dict[str, None] = {}
        self._shifted: dict[str, Shifted] = {}  # by module
        self._heap: dict[str, list[FunctionType]] | None = None
        self._settled: set[tuple[str, Place]] = set()  # by module, places of the old text
        self._drift: dict[tuple[str, Place], Place] = {}  # by module and place in the new text

    def shift(self, module: str, sections: Sequence[tuple[Section, Section]]) -> None:
        """Looks into the text only where the name that it binds does not lead to all in it."""
        running = self._live.modules[module]
        self._modules[module] = None
        lookup = Lookup(running)
        self._shifted.setdefault(module, Shifted()).sections.extend(sections)
        located = Located(sections) if running.drift else lookup.located(sections)
        write = self._writes.append
        for function, code, line, nested in located.functions:
            if nested is None:
                write((function, "__code__", code.replace(co_firstlineno=line)))
                continue
            moved = shifted(code, line - code.co_firstlineno)
            if nested is Nested.FUNCTIONS:
                self._write(function, moved, self._moved)
            else:
                write((function, "__code__", moved))
        for old, new in located.taken if CLASSES_TELL_LINES else ():
            class_lines.move_head(self._journal, lookup.class_in(old), new.line - old.line)
        for old, new in located.left:
            for before, after in zip(old.statements, new.statements, strict=True):
                self.prepare(module, Pair(after, before, Change.KEPT), False)

    def prepare(self, module: str, pair: Pair, anew: bool) -> None:
        assert pair.old is not None
        running = self._live.modules[module]
        self._modules[module] = None
        if pair.new.is_class:
            class_lines.move_class(self._journal, running, pair.new)
            if pair.members is not None:  # which are prepared one by one
                return
        else:
            class_lines.move_inside(self._journal, running, pair)
        if pair.new.line != pair.old.line:
            self._shifted.setdefault(module, Shifted()).pairs.append(pair)
        is_same = pair.change is Change.KEPT and pair.old.text == pair.new.text
        if is_same and not anew and not self._moves_file(running):
            self._shift(running, pair)
        else:
            self._replace(running, pair)

    def _moves_file(self, running: Running) -> bool:
        source = self._graph.world.source(running.name)
        return source is not None and source.file != running.source.file

    def _shift(self, running: Running, pair: Pair) -> None:
        """Looks near only, and where its decorators put it: a line number is not worth the heap.

        But several that share their code all move, or the next edit would find some of them only.
        """
        assert pair.old is not None
        partners = _partners(pair)
        found = self._functions(running, pair, partners, thorough=False)
        if any(map(class_lines.are_told_in, itertools.chain.from_iterable(found.values()))):
            self._replace(running, pair)
            return
        for place, functions in found.items():
            by_line = defaultdict(list)
            for function in functions:
                by_line[function.__code__.co_firstlineno].append(function)
            for line, those in by_line.items():
                if line != partners[place].line:
                    codes = {function: function.__code__ for function in those}
                    self._shift_all(codes, partners[place].line - line)

    def _shift_all(self, codes: Mapping[FunctionType, CodeType], lines: int) -> None:
        """Functions that a loop made of one code are to go on sharing it, to be found by it."""
        moved = {id(code): code for code in codes.values()}
        moved = {number: shifted(code, lines) for number, code in moved.items()}
        for function, code in codes.items():
            self._write(function, moved[id(code)], self._moved)

    def _functions(
        self, running: Running, pair: Pair, partners: Mapping[Place, Place], thorough: bool
    ) -> dict[Place, list[FunctionType]]:
        """The live functions of a statement, by place. Takes note of those it does not find."""
        assert pair.old is not None
        roots = bound_values(running, pair.old)
        node = pair.old.node
        several = not isinstance(node, FUNCTIONS) and may_make_several(node)
        around = thorough or several or pair.old.is_decorated
        found = live_functions(running, pair.old, roots, self._graph, self._live, around)
        if several:
            found = {place: live_code.sharing_code(found[place]) for place in found}
        if thorough and len(found) < len(pair.old.places):
            found |= self._from_the_heap(running, partners.keys() - found.keys())
        for old, new in partners.items():
            self._settled.add((running.name, old))
            if old not in found:
                self._drift[running.name, new] = running.drift.get(old, old)
        return found

    def _replace(self, running: Running, pair: Pair) -> None:
        assert pair.old is not None
        edited = pair.change is Change.PATCHED
        partners = _partners(pair)
        source = self._graph.world.source(running.name)
        assert source is not None
        codes = self._codes.functions(pair.new, source)
        thorough = edited or self._moves_file(running)
        found = self._functions(running, pair, partners, thorough)
        fitting = {
            function: codes[partners[place]]
            for place, functions in found.items()
            for function in functions
            if partners[place] in codes
        }
        others = any(f.__code__.co_freevars != code.co_freevars for f, code in fitting.items())
        # Lambdas may not tell which is which: on 3.12 those that return the same constant.
        lost = (
            edited
            and not isinstance(pair.new.node, DEFINITIONS)
            and len(found) < len(pair.old.places)
        )
        if others or lost:
            self.outcome.unfit.append((running.name, pair))
            return
        for function, code in fitting.items():
            self._write(function, code, self._nested if thorough else self._moved)
            self._redocument(function, code, running, pair.old)
        if edited and not found and self._is_overtaken(running.name, pair.new):
            self.outcome.overtaken.append((running.name, pair))
        elif edited and (usurped := _usurped(running, pair.old, found)):
            self.outcome.still_old.append(_with_foreign_code(running, pair.new, usurped))
        elif edited:
            self.outcome.patched.append((running.name, pair))

    def _is_overtaken(self, module: str, statement: Statement) -> bool:
        """Whether a definition is followed by another one of its name, so that none has it live."""
        if not isinstance(statement.node, FUNCTIONS):
            return False
        binders = self._graph.binders(module, statement.qualified(statement.node.name))
        return any(s.parent is statement.parent and s.line > statement.line for s in binders)

    def _from_the_heap(
        self, running: Running, places: Set[Place]
    ) -> dict[Place, list[FunctionType]]:
        """Functions that nothing we know leads to. The heap is looked through once for a batch."""
        if self._heap is None:
            self._heap = live_code.everywhere()
        told = {running.drift.get(place, place): place for place in places}
        live = {at: place for at, place in told.items() if at == place or not _stands(running, at)}
        heap = self._heap.get(running.source.file, ())
        found = live_code.find(heap, live.keys(), running.source.file)
        return {live[place]: functions for place, functions in found.items()}

    def _write(
        self, function: FunctionType, code: CodeType, nested: dict[int, tuple[CodeType, CodeType]]
    ) -> None:
        self._writes.append((function, "__code__", code))
        for old, new in live_code.pair_nested(function.__code__, code):
            for used in self._live.lineage.in_use(old):
                nested[id(used)] = (used, new)
                self._live.lineage.follow(used, new)

    def _redocument(
        self, function: FunctionType, code: CodeType, running: Running, old: Statement
    ) -> None:
        """The docstring is part of the body, and wrappers carry copies of it."""
        before, after = function.__doc__, live_code.docstring(code)
        # One that the old code does not say was set by hand: not for us to write.
        if before == after or before != live_code.docstring(function.__code__):
            return
        self._writes.append((function, "__doc__", after))
        for thing in live_code.reachable(bound_values(running, old)):
            if _wraps(thing) and getattr(thing, "__doc__", None) == before:
                self._journal.set_attribute(thing, "__doc__", after)

    # ------------------------------------------------------------------- closures

    def commit(self) -> None:
        self._follow_closures()
        self._journal.swap(self._writes)
        for module, shifted_ones in self._shifted.items():
            running = self._live.modules[module]
            self._journal.set_attribute(running, "shift_at", shifted_ones.at)
        for module in self._modules:
            self._journal.on_commit(partial(self._note_drift, module))

    def _note_drift(self, module: str) -> None:
        """Remembers what functions that were not found still say of their place."""
        running = self._live.modules[module]
        running.shift_at = None
        kept = {
            place: live
            for place, live in running.drift.items()
            if (module, place) not in self._settled
        }
        running.drift = kept | {p: live for (m, p), live in self._drift.items() if m == module}

    def _follow_closures(self) -> None:
        """Functions that were made by an edited function and are still in use.

        Only the heap knows them, and it is walked once for a whole batch. For a mere change of
        line numbers only those that the modules themselves lead to are followed.
        """
        for function in live_code.made_from(code for code, _ in self._nested.values()):
            self._give_closure(function, self._nested[id(function.__code__)][1])
        if self._moved:
            for function in self._near_functions():
                moved = self._moved.get(id(function.__code__))
                if moved and moved[0] is function.__code__:
                    self._writes.append((function, "__code__", moved[1]))

    def _give_closure(self, function: FunctionType, code: CodeType) -> None:
        if function.__code__.co_freevars == code.co_freevars:
            self._writes.append((function, "__code__", code))
            return
        new = live_code.with_code(function, code, {})
        if new is not None:
            self._writes.append((function, "__code__", live_code.forwarder(function.__code__, new)))
            self._writes.append((function, "__defaults__", None))
            self._writes.append((function, "__kwdefaults__", None))

    def _near_functions(self) -> Iterator[FunctionType]:
        world = self._graph.world
        names = {near: None for module in self._modules for near in world.importers(module)}
        seen: set[int] = set()
        for module in self._modules | names:
            running = self._live.modules.get(module)
            for value in list(running.namespace.values()) if running else ():
                yield from _functions_of(value, module, seen)


def _stands(running: Running, place: Place) -> bool:
    """Whether a function of the running text stands at a place that another one tells."""
    section = running.source.section_at(place.line)
    statements = section.statements if section and place not in running.drift else ()
    return any(place in statement.places for statement in statements)


def _functions_of(value: Any, module: str, seen: set[int]) -> Iterator[FunctionType]:
    """A function with those that it wraps, or those of a class."""
    if type(value) is FunctionType:
        if id(value) not in seen:
            seen.add(id(value))
            yield value
            held = [live_code.cell_contents(cell) for cell in value.__closure__ or ()]
            for wrapped in (value.__dict__.get("__wrapped__"), *held):
                if type(wrapped) is FunctionType:
                    yield from _functions_of(wrapped, module, seen)
    elif issubclass(type(value), type) and home_of(value) == module:
        for member in class_dict(value).values():
            yield from _functions_of(
                member.__func__ if type(member) in METHODS else member, "", seen
            )


def _usurped(
    running: Running, statement: Statement, found: Mapping[Place, list[FunctionType]]
) -> FunctionType | None:
    """The function of a definition, where somebody else has given it code that is not of the text.

    What they put there is theirs, and may lead back to the old code in ways nobody can tell.
    """
    node = statement.node
    if found or not isinstance(node, FUNCTIONS) or node.decorator_list:
        return None
    wanted = running.name, statement.qualified(node.name)
    functions = (f for f in bound_values(running, statement) if type(f) is FunctionType)
    return next((f for f in functions if (f.__module__, f.__qualname__) == wanted), None)


def _with_foreign_code(running: Running, statement: Statement, function: FunctionType) -> StillOld:
    ref, code = named(running.name, statement), function.__code__
    words = (
        f"{ref} goes on with the code that somebody else gave it, of "
        f"{shortened(code.co_filename)}:{code.co_firstlineno}: the edit is live once they take it "
        "back and the file is saved again"
    )
    return StillOld(words, Kind.FUNCTION, ref, running.filename, statement.line)


def _wraps(thing: object) -> bool:
    if type(thing) is FunctionType:
        return "__wrapped__" in thing.__dict__
    return type(thing) in _PROPERTIES or is_cache(thing)


def _partners(pair: Pair) -> dict[Place, Place]:
    """The outermost functions of the old statement, with those that continue them."""
    assert pair.old is not None
    return dict(zip(pair.old.places, pair.new.places, strict=True))
