"""What the next edit of a function may go by, learned from a batch that only exchanged its code."""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter
from types import CodeType, FunctionType

from heatsync._engine.again import Again
from heatsync._engine.batches.batch import Batch
from heatsync._engine.batches.libraries import loaded
from heatsync._engine.objects.functions import held_at
from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.memory import KINDS_OF_CODE
from heatsync._engine.texts.codes import nested_codes
from heatsync._engine.texts.edit import Change, Pair
from heatsync._engine.texts.graph import Manner, Ref
from heatsync._engine.texts.names import FUNCTIONS
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import Action, Record
from heatsync._engine.walking.served import may_be_factory
from heatsync._resident.live import Live, Running

_line = attrgetter("line")
# What each batch does besides: it remembers which modules there are, and clears up at its end.
_BEFORE, _AT_THE_END = 1, 2


def learned(live: Live, batch: Batch, record: Record, journal: Journal) -> Again | None:
    """What the next edit of a function may go by, if a batch did nothing but exchange its code."""
    if [taken.action for taken in record.taken] != [Action.PATCH] or record.notes:
        return None
    [(module, edit), *others] = batch.plan.edits.items()
    if others or edit.moves_file or len(edit.changed) != 1:
        return None
    [pair] = edit.changed
    function = _function_in(pair)
    if function is None or not pair.new.begins_line:
        return None
    running = live.modules[module]
    code, unit = _code_at(running, function), batch.codes.compiled(pair.new)
    if code is None or unit is None:
        return None
    if not _did_nothing_else(batch, pair, journal) or _does_more(function, code):
        return None
    return _made(batch, record, running, function, unit, code)


def _function_in(pair: Pair) -> Statement | None:
    """The one function in which a statement differs."""
    while pair.members is not None:
        changed = [member for member in pair.members.pairs if member.change is not Change.KEPT]
        if len(changed) != 1 or pair.members.dropped:
            return None
        [pair] = changed
    is_patched = pair.change is Change.PATCHED and isinstance(pair.new.node, FUNCTIONS)
    return pair.new if is_patched else None


def _code_at(running: Running, statement: Statement) -> CodeType | None:
    function = held_at(running.namespace, statement.qualified(_name(statement)))
    return function.__code__ if type(function) is FunctionType else None


def _name(function: Statement) -> str:
    node = function.node
    assert isinstance(node, FUNCTIONS)
    return node.name


def _does_more(function: Statement, code: CodeType) -> bool:
    """Whether more may follow from another body of it: Python or somebody else looks for such."""
    name = _name(function)
    return (
        bool(code.co_flags & KINDS_OF_CODE)
        or bool(nested_codes(code))
        or (name.startswith("__") and name.endswith("__"))
    )


def _did_nothing_else(batch: Batch, pair: Pair, journal: Journal) -> bool:
    begin, end = batch.recoding
    return (
        begin == _BEFORE
        and journal.kept == (end, _AT_THE_END)
        and all(
            _reads_texts_only(batch, *each) and (each[1] is pair.new or not each[1].is_class)
            for each in batch.queue.added
        )
    )


def _reads_texts_only(batch: Batch, module: str, statement: Statement) -> bool:
    """Whether the texts alone tell that a statement need not run because of a function's body."""
    asks = (Manner.GIVE, Manner.SUBCLASS)  # what values there are
    return not any(
        reading.manner in asks and reading.ref in batch.changes
        for reading in batch.graph.now(module, statement)
    )


def _made(
    batch: Batch,
    record: Record,
    running: Running,
    function: Statement,
    unit: CodeType,
    code: CodeType,
) -> Again | None:
    source, line = running.source, function.top.line
    number = bisect_right(source.sections, line, key=_line) - 1
    if len(source.sections[number].statements) > 1:
        return None
    ref = Ref(running.name, function.qualified(_name(function)))
    users = (outcome.ref for outcome in record.outcomes if outcome.ref != ref)
    may_serve = batch.libraries.may_pour
    return Again(
        running=running,
        base=source,
        number=number,
        lines=source.sections[number].stretch.lines,
        unit=unit,
        code=code,
        ref=ref,
        data=running.data,
        taken=record.taken[0],
        outcomes=tuple(record.outcomes),
        touched=tuple(batch.touched),
        libraries=loaded(),
        may_serve=may_serve,
        users_may_serve=may_serve and any(may_be_factory(user, batch.graph) for user in users),
    )
