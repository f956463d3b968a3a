"""reload(): the whole life of a change on one screen."""

from __future__ import annotations

import ast
import itertools
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from traceback import walk_tb
from types import TracebackType

from heatsync._engine import data as data_files
from heatsync._engine import program
from heatsync._engine.batch import Batch
from heatsync._engine.diff import Change, Edit, diff
from heatsync._engine.flights import still_old
from heatsync._engine.forecast import Forecast
from heatsync._engine.graph import Grade, Graph, Ref
from heatsync._engine.journal import Journal
from heatsync._engine.live import LIVE, Data, Live, PendingWorld, Running
from heatsync._engine.plan import make_plan
from heatsync._engine.preview import Preview
from heatsync._engine.reparse import reparse
from heatsync._engine.report import Report
from heatsync._engine.source import decode
from heatsync._engine.taken import EDITED, Action, Outcome, Record, StillOld, Taken
from heatsync._engine.walk import Walk

__all__ = ["LIVE", "Data", "Live", "Preview", "Report", "Running", "preview", "reload"]

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def reload(live: Live, files: Iterable[str], *, again: bool = False) -> Report | None:
    """Applies what differs between the texts of some files and the texts that are running.

    Returns what was done, or None where nothing differs. A text that failed is tried again with
    the next one that changes, or where `again` says so. KeyboardInterrupt passes through, once
    everything is as it was; any other exception is the report's `error`.
    """
    with live.lock:
        started = time.perf_counter()
        known = live.known()
        stale, recovered = _stale(live, files)
        for file in recovered:
            del live.failed[file]
        if not again and not _has_news(live, stale, recovered):
            return Report(tuple(recovered)) if recovered else None
        live.unpin_lines(stale)
        journal = Journal()
        record = Record()
        error: BaseException | None = None
        try:
            texts = _read(live, stale)
            _apply(live, texts, journal, record)
            _succeed(live, texts)
        except KeyboardInterrupt as interrupt:
            _take_back(live, known, journal, interrupt)
            live.pin_lines(stale)
            raise
        except BaseException as raised:
            record.notes[:] = _take_back(live, known, journal, raised)
            error = raised.with_traceback(_without_us(raised.__traceback__))
            live.failed.update(stale)
            live.suspects = dict(_suspects(live, error))
        else:
            record.notes.extend(journal.commit())
        seconds = time.perf_counter() - started
        look = partial(still_old, live, [run.name for file in stale for run in live.at(file)])
        return _report((*stale, *recovered), record, error, seconds, look)


def _take_back(
    live: Live,
    known: Iterable[tuple[Running, bytes]],
    journal: Journal,
    error: BaseException,
) -> list[str]:
    """Makes everything what it was; what could not be put back stands in the error, too."""
    notes = journal.roll_back()
    for note in notes:
        error.add_note(f"heatsync: {note}")
    live.restore(known)
    return notes


def preview(live: Live, files: Iterable[str]) -> Preview | None:
    """What `reload` would do about some files. Nothing runs, and nothing is written."""
    with live.lock:
        stale, recovered = _stale(live, files)
        if not _has_news(live, stale, recovered):
            return Preview(tuple(recovered)) if recovered else None
        files = (*stale, *recovered)
        try:
            texts = _read(live, stale)
        except Exception as error:
            error.with_traceback(_without_us(error.__traceback__))
            return Preview(files, error=error)
        record = Record()
        batch = _begin(live, texts, Journal(), record)
        synced = {file: list(_holders(live, live.data[file])) for file in texts.values}
        return Preview(files, tuple(Forecast(batch).run(synced)), notes=tuple(record.notes))


def _report(
    files: tuple[str, ...],
    record: Record,
    error: BaseException | None,
    seconds: float,
    look: Callable[[], Iterator[StillOld]],
) -> Report:
    notes = tuple(record.notes)
    if error is None:
        steps, outcomes = tuple(record.taken), tuple(record.outcomes)
        return Report(files, steps, None, seconds, notes, outcomes, look=look)
    attempted = record.taken[-1] if record.taken else None
    return Report(files, (), error, seconds, notes, attempted=attempted)


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts that are to be applied together, read and compared."""

    texts: Mapping[str, bytes]  # by file
    edits: Mapping[str, Edit]  # by module
    values: Mapping[str, object]  # by data file


def _has_news(live: Live, stale: Mapping[str, bytes], recovered: Sequence[str]) -> bool:
    """Whether there is a text that did not fail before, or what a failed batch may have lacked."""
    if stale and recovered:  # the others of the batch may have failed only because of that one
        return True
    if any(_text(file) != text for file, text in live.suspects.items()):
        return True
    return any(live.failed.get(file) != text for file, text in stale.items())


def _stale(live: Live, files: Iterable[str]) -> tuple[dict[str, bytes], list[str]]:
    """The texts that are not the ones running, and the files that failed but are as before again.

    Those that failed before are looked at with every change: it may be what they lacked.
    """
    texts: dict[str, bytes] = {}
    recovered = []
    for file in sorted({*files, *live.failed}):
        known: list[Running | Data] = [*live.at(file)]
        if file in live.data:
            known.append(live.data[file])
        text = _text(file) if known else None
        if text is None:
            continue
        if any(text != running.data for running in known):
            texts[file] = text
        elif file in live.failed:
            recovered.append(file)
    return texts, recovered


def _text(file: str) -> bytes | None:
    """What is in a file; None where it is gone: its code stays until there is a file again."""
    try:
        with open(file, "rb") as stream:
            return stream.read()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def _read(live: Live, texts: Mapping[str, bytes]) -> Texts:
    """Parses everything before anything is touched."""
    edits, values = {}, {}
    for file, text in texts.items():
        if file in live.data:
            values[file] = data_files.load(file, text, live.data[file].value)
            continue
        for running in live.at(file):
            new = reparse(running.source, decode(running.filename, text))
            edits[running.name] = diff(running.source, new)
            _check(edits[running.name])
    return Texts(texts, edits, values)


def _check(edit: Edit) -> None:
    """Compiles what was edited, as some errors show only then (`return` outside a function)."""
    new = edit.new
    changed = [pair.new for pair in edit.block.pairs if pair.change is not Change.KEPT]
    if any("__future__" in statement.text for statement in changed):
        compile(new.text, new.file, "exec", dont_inherit=True)
    for statement in changed:
        module = ast.Module([statement.located()], [])
        compile(module, new.file, "exec", new.flags, dont_inherit=True)


def _begin(live: Live, texts: Texts, journal: Journal, record: Record) -> Batch:
    graph = Graph(PendingWorld(live, {name: edit.new for name, edit in texts.edits.items()}))
    unfinished = program.Unfinished(live, texts.edits)
    plan = make_plan(texts.edits, graph, unfinished.holds, live.gone_modules())
    record.notes.extend(program.left_alone(live, plan))
    return Batch(plan, graph, live, journal, unfinished.holds, record)


def _apply(live: Live, texts: Texts, journal: Journal, record: Record) -> None:
    batch = _begin(live, texts, journal, record)
    for file, value in texts.values.items():
        refs = list(_holders(live, live.data[file]))
        data_files.pour(journal, live.data[file].value, value)
        taken = Taken(Action.SYNC, os.path.basename(file), file, 1, EDITED)
        batch.taken.append(taken)
        for ref in refs:
            batch.note(Outcome(ref, Grade.REFILLED, taken))
    Walk(batch).run()


def _holders(live: Live, data: Data) -> Iterator[Ref]:
    """The names that hold the value of a data file."""
    for name, running in list(live.modules.items()):
        for key, value in list(running.namespace.items()):
            if value is data.value:
                yield Ref(name, key)


def _succeed(live: Live, texts: Texts) -> None:
    for module, edit in texts.edits.items():
        running = live.modules[module]
        program.follow(running, edit)
        running.become(texts.texts[running.file], edit.new)
    live.suspects.clear()
    live.unpin_lines(texts.texts)
    for file in texts.values:
        live.data[file].data = texts.texts[file]
    for file in texts.texts:
        live.failed.pop(file, None)


def _suspects(live: Live, error: BaseException) -> Iterator[tuple[str, bytes]]:
    """Files that are not live, and whose repair may be all that a failed batch lacks."""
    files = [frame.f_code.co_filename for frame, _ in walk_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        files.append(error.filename)
    for file in files:
        text = _text(file) if os.path.isabs(file) and not live.at(file) else None
        if text is not None:
            yield file, text


def _without_us(traceback: TracebackType | None) -> TracebackType | None:
    """The user's own part of a traceback, in which ours may stand between an import and the file."""
    theirs: list[TracebackType] = []
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith((_OURS, ast.__file__)):
            theirs.append(traceback)
        traceback = traceback.tb_next
    for step, following in itertools.zip_longest(theirs, theirs[1:]):
        step.tb_next = following
    return theirs[0] if theirs else None
