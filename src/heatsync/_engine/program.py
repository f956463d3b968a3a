"""The program is not a definition: what is still running at a module's top level."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import FrameType

from heatsync._engine.diff import Edit
from heatsync._engine.live import Live, Running
from heatsync._engine.plan import Plan
from heatsync._engine.report import shortened
from heatsync._engine.source import Statement


def unfinished(live: Live, edits: Mapping[str, Edit]) -> dict[str, frozenset[Statement]]:
    """By module, the new statements that its top level has not come past yet.

    They are not run: a script's main loop would start a second time.
    """
    found = {}
    for module, edit in edits.items():
        running = live.modules[module]
        line = _running_line(running)
        if line is None:
            running.begun = None
        else:
            found[module] = frozenset(_not_reached(running, edit, line))
    return found


def _running_line(running: Running) -> int | None:
    """The line that a module's top level is executing, in the text it was begun with."""
    for frame in sys._current_frames().values():
        step: FrameType | None = frame
        while step is not None:
            if step.f_globals is running.namespace and step.f_code.co_name == "<module>":
                # What we run ourselves is named so too, but comes from our own code.
                caller = step.f_back
                if caller is None or "_engine" not in caller.f_code.co_filename:
                    return step.f_lineno
            step = step.f_back
    return None


def _not_reached(running: Running, edit: Edit, line: int) -> Iterator[Statement]:
    if running.begun is None:
        running.begun = {statement: statement for statement in edit.old.statements}
    partner = {pair.old: pair.new for pair in edit.block.pairs if pair.old is not None}
    for first, current in running.begun.items():
        end = first.line + first.text.count("\n")
        if current is not None and current in partner and end >= line:
            yield from _from(edit, partner[current])
            return


def _from(edit: Edit, first: Statement) -> Iterator[Statement]:
    statements = edit.new.statements
    yield from statements[statements.index(first) :]


def follow(running: Running, edit: Edit) -> None:
    """Keeps track of which statement continues which, while the top level still runs."""
    if running.begun is not None:
        partner = {pair.old: pair.new for pair in edit.block.pairs if pair.old is not None}
        running.begun = {
            first: partner.get(current) if current else None
            for first, current in running.begun.items()
        }


def notes(live: Live, plan: Plan) -> Iterator[str]:
    """What a person should know about edits that take no effect in this process."""
    for step in plan.ignored:
        file = shortened(live.modules[step.module].filename)
        yield (
            f"{file}:{step.pair.new.line} is the program itself, which is not run again: "
            "restart to run the new version"
        )
