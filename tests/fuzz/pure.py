"""Takes texts through the pure half, and knows what must be true of whatever comes out."""

from __future__ import annotations

import ast
import itertools
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from heatsync._engine import Preview, Report
from heatsync._engine.objects.functions import definitions
from heatsync._engine.texts import words
from heatsync._engine.texts.diff import diff
from heatsync._engine.texts.edit import Change, Edit, every_pair
from heatsync._engine.texts.graph import Grade, Graph, Ref
from heatsync._engine.texts.imported import imported_names
from heatsync._engine.texts.moves import Gone
from heatsync._engine.texts.order import Order
from heatsync._engine.texts.plan import Plan, make_plan
from heatsync._engine.texts.reparse import reparse
from heatsync._engine.texts.source import Source, Statement, by_definitions, decode, parse
from heatsync._engine.texts.taken import EDITED, Action, Cause, Outcome, Planned, Taken

# What may be raised, and nothing else: a text that is no Python, or that is nested too deeply.
DOCUMENTED = (SyntaxError, RecursionError, MemoryError)
_PACKAGE = "pkg"


class World:
    """Modules as Sources: what a graph asks about."""

    def __init__(self, sources: dict[str, Source]) -> None:
        self.sources = sources

    def forget(self) -> None:
        pass

    def source(self, module: str) -> Source | None:
        return self.sources.get(module)

    def may_say(self, module: str, word: str) -> bool:
        return module in self.sources

    def importers(self, module: str) -> Iterable[str]:
        return [name for name in self.sources if name != module]

    def brought(self, module: str) -> Iterable[str]:
        return ()

    def imports(self, module: str) -> Iterable[str]:
        text = self.sources[module].text if module in self.sources else ""
        return imported_names(text, self.package(module))

    def package(self, module: str) -> str:
        return module if module == _PACKAGE else module.rpartition(".")[0]

    def module_at(self, ref: Ref) -> str | None:
        return None

    def exported(self, module: str) -> list[str] | None:
        return None


def live_through(before: dict[str, bytes], after: dict[str, bytes]) -> bool:
    """Takes an edit of some modules all the way. Gives whether all of it was Python.

    Raises AssertionError where what comes out is wrong, and whatever it should not raise.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        old = {name: read(name, data) for name, data in before.items()}
        new = {name: reread(name, data, old.get(name)) for name, data in after.items()}
        known = {name: source for name, source in old.items() if source is not None}
        edited = {name: source for name, source in new.items() if source and known.get(name)}
        for source in [*known.values(), *edited.values()]:
            look_at(source)
        edits = {name: compare(known[name], source) for name, source in edited.items()}
        _plan(known, edits)
    return len(known) + len(edited) == len(before) + len(after)


def read(name: str, data: bytes) -> Source | None:
    """A Source, or None for what is no Python."""
    file = f"/{name}.py"
    source = attempt(file, lambda: parse(file, decode(file, data)))
    if not isinstance(source, Source):
        return None
    unparsed = _unparsed(source)
    if unparsed is not None:
        assert told(unparsed) == told(source)
    return source


def _unparsed(source: Source) -> Source | None:
    """The same by what Python tells of the text that it compiled; None where it does not compile."""
    try:
        code = compile(source.text, source.file, "exec", dont_inherit=True)
    except (*DOCUMENTED, ValueError):
        return None
    return by_definitions(source.file, source.text, definitions(code))


def attempt(file: str, act: Callable[[], Source]) -> Source | tuple[object, ...]:
    """What comes out, or how it failed."""
    try:
        return act()
    except SyntaxError as error:
        failed = error
    except DOCUMENTED as error:
        return (type(error),)
    assert failed.filename == file
    return (type(failed), failed.msg, failed.lineno, failed.offset)


def reread(name: str, data: bytes, old: Source | None) -> Source | None:
    """Parses an edited text, whole and by way of the old one: it must come to the same."""
    file = f"/{name}.py"
    whole = attempt(file, lambda: parse(file, decode(file, data)))
    if old is None:
        return whole if isinstance(whole, Source) else None
    part = attempt(file, lambda: reparse(old, decode(file, data)))
    if (unparsed := _unparsed(old)) is not None:
        other = attempt(file, lambda: reparse(unparsed, decode(file, data)))
        if isinstance(whole, Source) and isinstance(other, Source):
            assert told(other) == told(whole)
            compare(unparsed, other)
        else:
            assert other == whole
    if isinstance(whole, Source) and isinstance(part, Source):
        assert told(part) == told(whole)
        return part
    assert part == whole, "reading a part comes to something else than reading the whole"
    return None


def told(source: Source) -> list[object]:
    """All that a Source says."""
    return [
        source.text,
        source.flags,
        *(
            (s.text, s.line, s.is_doc, s.lazy_annotations, dumped(s.located()), _members(s))
            for s in source.statements
        ),
    ]


def _members(statement: Statement) -> list[object]:
    return [(m.text, m.line, m.is_doc, dumped(m.located())) for m in statement.every_member()]


def dumped(node: ast.AST) -> str:
    return ast.dump(node, include_attributes=True)


# --------------------------------------------------------------------------- one text


def look_at(source: Source) -> None:
    """Asks a Source everything that there is to ask."""
    for statement in source.walk:
        _ask(statement)
        own = filter(str.isascii, statement.words if statement.begins_line else ())
        for word in itertools.islice(own, 1):
            for is_whole in (False, True):
                assert statement in source.saying_within(word, is_whole)
        assert source.holds(statement.top)
        if statement.begins_line:
            # In a tree of its own, it is what it is in the whole.
            assert ast.dump(statement.fresh()) == ast.dump(statement.node)
    _is_compiled_in_parts(source)
    _imports_are_found(source)


def _ask(statement: Statement) -> None:
    for name in (
        "digest", "skeleton", "names", "bound", "globals", "words", "members", "owner", "top",
        "begins_line", "is_class", "is_inert", "is_program", "label",
    ):  # fmt: skip
        getattr(statement, name)
    list(statement.functions())
    if statement.is_class:
        assert statement.header
        assert statement.qualname


def _is_compiled_in_parts(source: Source) -> None:
    """What compiles as a whole does so statement by statement."""
    try:
        compile(source.text, source.file, "exec", dont_inherit=True)
    except (*DOCUMENTED, ValueError):
        return
    for statement in source.statements:
        for module in (ast.Module([statement.located()], []), source.unit(statement.fresh())):
            if not _is_future(statement):
                compile(module, source.file, "exec", source.flags, dont_inherit=True)


def _is_future(statement: Statement) -> bool:
    return isinstance(statement.node, ast.ImportFrom) and statement.node.module == "__future__"


def _imports_are_found(source: Source) -> None:
    """Reading the text quickly finds all imports that stand in it."""
    found = set(imported_names(source.text, _PACKAGE))
    for node in itertools.chain.from_iterable(ast.walk(s.node) for s in source.statements):
        wanted = {name for name in _imported(node) if name.isascii()}  # others may be normalized
        assert wanted <= found, (ast.unparse(node), found)


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.level < 2:
        module = ".".join(filter(None, [_PACKAGE if node.level else "", node.module]))
        yield from (f"{module}.{alias.name}" for alias in node.names)


# --------------------------------------------------------------------------- an edit


def compare(old: Source, new: Source) -> Edit:
    """Compares two texts, and checks that every statement is accounted for."""
    edit = diff(old, new)
    assert tuple(pair.new for pair in edit.block.pairs) == new.statements
    continued = [pair.old for pair in edit.block.pairs if pair.old is not None]
    every = [*map(id, continued), *map(id, edit.block.dropped)]
    assert sorted(every) == sorted(map(id, old.statements))
    for pair in every_pair(edit.block.pairs):
        _is_as_told(pair.change, pair.new, pair.old, old.flags == new.flags)
    assert isinstance(edit.block.keeps_bindings, bool)
    assert edit.block.moved <= set(new.statements)
    assert {pair.change for pair in diff(new, new).block.pairs} <= {Change.KEPT}
    return edit


def _is_as_told(change: Change, new: Statement, old: Statement | None, same_flags: bool) -> None:
    assert (old is None) == (change is Change.ADDED)
    if change is Change.KEPT:
        assert old is not None
        assert _without_inert(new) == _without_inert(old)
    if change is Change.PATCHED and old is not None and not new.is_class:
        assert new.skeleton == old.skeleton
    if change is Change.EDITED and old is not None and same_flags:
        assert new.digest != old.digest or new.is_doc != old.is_doc


def _without_inert(statement: Statement) -> object:
    """What a class is made of; which method stands above which other makes no difference."""
    if not statement.is_class:
        return statement.digest
    members = [_without_inert(m) for m in statement.members if not m.is_inert]
    data = [
        member.digest
        for member in statement.members
        if isinstance(member.node, ast.Assign | ast.AnnAssign)
    ]
    return statement.header, sorted(members, key=repr), data


# ----------------------------------------------------------------------- many modules


def _plan(sources: dict[str, Source], edits: dict[str, Edit]) -> None:
    before = Graph(World(sources))
    graph = Graph(World({**sources, **{name: edit.new for name, edit in edits.items()}}))
    gone = Gone(
        {"gone": sources["gone"].text.encode("utf-8", "replace")} if "gone" in sources else {}
    )
    plan = make_plan(edits, graph, before, lambda _, statement: statement.is_program, gone)
    order = Order(graph, edits, list(sources))
    for module, source in graph.world.sources.items():  # type: ignore[attr-defined]
        for statement in source.walk:
            order.key(module, statement.top)
            _trace(graph, module, statement)
    _tell(graph, plan)


def _trace(graph: Graph, module: str, statement: Statement) -> None:
    """Follows all names of a statement through all modules."""
    for name in graph.outcome(module, statement):
        ref = Ref(module, statement.qualified(name))
        assert statement in graph.binders(*ref)
        graph.definition(ref)
        assert all(isinstance(reader, Statement) for _, reader in graph.dependents(ref))
    for reading in graph.now(module, statement):
        words.used(graph, module, statement, reading)
        words.held(statement, reading)
    for ref in graph.late(module, statement):
        words.used_late(statement, ref)
    list(graph.fills(module, statement))
    list(graph.called(module, statement))
    graph.public(module)


def _tell(graph: Graph, plan: Plan) -> None:
    """Puts a plan into words, as if each step had been taken because of the one before."""
    taken: list[Any] = []
    outcomes: list[Outcome] = []
    cause = EDITED
    for action, module, statement in _acts(plan):
        ref = words.named(module, statement)
        taken.append(Taken(action, ref, f"/{module}.py", statement.line, cause))
        taken.append(Planned(action, ref, f"/{module}.py", statement.line, cause, certain=False))
        for name in graph.outcome(module, statement):
            before, after = words.shown(name), words.shown((name, 1.5, len))
            outcome = Outcome(Ref(module, name), Grade.REBOUND, taken[-2], before, after)
            outcomes.append(outcome)
            cause = Cause(words.used_late(statement, outcome.ref), None, outcome, taken[-2])
            words.is_certain(outcome)
    done, planned = tuple(taken[::2]), tuple(taken[1::2])
    report = Report(("/app.py",), done, outcomes=tuple(outcomes))
    assert len(report.trace) == len(done)
    assert str(report)
    assert report.explain()
    assert str(Preview(("/app.py",), planned))


def _acts(plan: Plan) -> Iterator[tuple[Action, str, Statement]]:
    for drop in plan.drops:
        yield Action.DROP, drop.ref.module, drop.statement
    for step in plan.withdrawn:
        yield Action.DROP, step.module, step.pair.new
    for recode in plan.recodes:
        yield Action.PATCH, recode.module, recode.pair.new
    for step in (*plan.steps, *plan.ignored):
        yield Action.RUN, step.module, step.pair.new
    for move in plan.moves:
        yield Action.MOVE, move.home, move.pair.new
