"""The program is not a definition: what is still running at a module's top level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from heatsync._engine.texts.diff import diff
from heatsync._engine.texts.edit import Edit
from heatsync._engine.texts.plan import Plan
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import Kind, StillOld
from heatsync._engine.texts.words import named
from heatsync._resident.brief import shortened
from heatsync._resident.live import Live, Running
from heatsync.adapters import frames


class Unfinished:
    """The statements that a module's top level has not come past yet.

    They are not run: a script's main loop would start a second time.
    """

    def __init__(self, live: Live, edits: Mapping[str, Edit]) -> None:
        self._live = live
        self._edits = edits
        self._lines = dict(_running_lines(live))
        self._found: dict[str, frozenset[Statement]] = {}
        for module in edits:
            if module not in self._lines:
                live.modules[module].begun = None
            else:
                _begun(live.modules[module])

    def holds(self, module: str, statement: Statement) -> bool:
        if statement.is_program:
            return True
        if module not in self._lines:
            return False
        if module not in self._found:
            running, line = self._live.modules[module], self._lines[module]
            edit = self._edits.get(module) or diff(running.source, running.source)
            self._found[module] = frozenset(_not_reached(running, edit, line))
        return statement in self._found[module]


def _begun(running: Running) -> dict[Statement, Statement | None]:
    """The statements of the text that a top level was begun with, each with what continues it."""
    if running.begun is None:  # nothing of it was edited since
        running.begun = {statement: statement for statement in running.source.statements}
    return running.begun


def _running_lines(live: Live) -> Iterator[tuple[str, int]]:
    """The live modules whose top level runs, with the line in the text it was begun with."""
    for step in frames():
        if step.f_code.co_name == "<module>":
            running = live.modules.get(step.f_globals.get("__name__", ""))
            if running is not None and running.namespace is step.f_globals:
                yield running.name, step.f_lineno


def _not_reached(running: Running, edit: Edit, line: int) -> Iterator[Statement]:
    """The old and the new statements from the one that runs on. Where that one is gone, the new
    ones behind the last one above it that is still there."""
    partner = {pair.old: pair.new for pair in edit.block.pairs if pair.old is not None}
    above: Statement | None = None
    begun = list(_begun(running).items())
    for number, (first, current) in enumerate(begun):
        successor = partner.get(current) if current else None
        if first.line + first.text.count("\n") >= line:
            yield from (old for _, old in begun[number:] if old is not None)
            yield from _from(edit, successor, above)
            return
        above = successor or above


def _from(edit: Edit, first: Statement | None, above: Statement | None) -> Iterator[Statement]:
    statements = edit.new.statements
    if first is not None:
        yield from statements[statements.index(first) :]
    else:
        yield from statements[statements.index(above) + 1 :] if above else statements


def follow(running: Running, edit: Edit) -> None:
    """Keeps track of which statement continues which, while the top level still runs."""
    if running.begun is not None:
        partner = {pair.old: pair.new for pair in edit.block.pairs if pair.old is not None}
        running.begun = {
            first: partner.get(current) if current else None
            for first, current in running.begun.items()
        }


def left_alone(live: Live, plan: Plan) -> Iterator[StillOld]:
    """Edits that take no effect in this process."""
    for step in plan.ignored:
        file, line = live.modules[step.module].filename, step.pair.new.line
        words = (
            f"{shortened(file)}:{line} is the program itself, which is not run again: "
            "restart to run the new version"
        )
        yield StillOld(words, Kind.PROGRAM, named(step.module, step.pair.new), file, line)
