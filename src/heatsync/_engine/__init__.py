"""reload(): the whole life of a change on one screen."""

from __future__ import annotations

import ast
import itertools
import os
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import TracebackType

from heatsync._engine.again import Next
from heatsync._engine.anew import Anew
from heatsync._engine.batches import data
from heatsync._engine.batches.libraries import known_adapters
from heatsync._engine.files.comparing import HOPELESS
from heatsync._engine.files.lacking import (
    lacks_nothing_more,
    latest_save,
    suspects,
    without_offers,
)
from heatsync._engine.files.sights import Sights
from heatsync._engine.files.stale import Found, farewells, has_news, look
from heatsync._engine.objects import garbage
from heatsync._engine.objects.flights import still_old
from heatsync._engine.objects.functions import Lineage, held_at, source_of
from heatsync._engine.objects.interrupts import held_back
from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.sameness import same
from heatsync._engine.texts.graph import Grade, Manner, Ref
from heatsync._engine.texts.imported import imports_of
from heatsync._engine.texts.importers import Importers, with_packages
from heatsync._engine.texts.preview import Preview
from heatsync._engine.texts.report import Report
from heatsync._engine.texts.taken import (
    Action,
    Cause,
    Kind,
    Outcome,
    Passed,
    Planned,
    Record,
    StillOld,
    Taken,
)
from heatsync._engine.walking.forecast import Forecast
from heatsync._resident import owned
from heatsync._resident.brief import told_error
from heatsync._resident.live import Known, Live
from heatsync._resident.texts import Holding, never
from heatsync.errors import RefusedError

# The rest is for those who were there before it.
__all__ = [
    "Action",
    "Cause",
    "Grade",
    "Importers",
    "Kind",
    "Lineage",
    "Manner",
    "Outcome",
    "Passed",
    "Planned",
    "Preview",
    "Ref",
    "Report",
    "Sights",
    "StillOld",
    "Taken",
    "held_at",
    "held_back",
    "imports_of",
    "known_adapters",
    "lacks_nothing_more",
    "preview",
    "reload",
    "same",
    "source_of",
    "with_packages",
]

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def reload(
    live: Live,
    files: Iterable[str],
    *,
    again: bool = False,
    by_signs: bool = False,
    hold: Holding = never,
    announce: Callable[[tuple[str, ...]], object] = tuple,
    when_live: Callable[[], object] = tuple,
) -> Report | None:
    """Applies what differs between the texts of some files and the texts that are running.

    Returns what was done, or None where nothing differs, or where `hold` says to wait: then nothing
    was touched. A text that failed is tried again with the next one that changes, when its file is
    saved again, or where `again` says so. `by_signs` reads no file whose signs are known to tell
    that it is still the same. `announce` is called with the files that are about to be applied, once
    all of them are known to compile; `when_live` once their code is in place. KeyboardInterrupt
    passes through, once everything is as it was; any other exception is the report's `error`.
    """
    with live.lock, garbage.waits():
        started = time.perf_counter()
        gone, failed = live.gone, {**live.failed}
        found = look(live, files, by_signs=by_signs)
        seen = {**dict.fromkeys(found.gone), **found.texts}
        if hold(seen, None, False):
            return None
        for file in found.recovered:
            live.failed.pop(file, None)
        live.gone = found.away
        if not again and not has_news(live, found):
            told = (*found.recovered, *found.gone)
            return Report(told, notes=tuple(farewells(live, found.gone))) if told else None
        live.unpin_lines(found.texts)
        journal = Journal()
        record = Record()
        error: BaseException | None = None
        change: Anew | Next | None = None
        with live.remembering() as known:
            try:
                change = (live.again and live.again.next(live, found)) or Anew(live, found)
                if hold(seen, None, True):  # again, as that took a while: more may have come
                    _leave(live, gone, failed, found.texts)
                    return None
                change = change.still() or Anew(live, found)
                live.again = None
                announce((*change.found.texts, *found.homes.values()))
                with owned.applied_through(journal):
                    change.apply(journal, record)
                change.succeed(journal)
                journal.keep()
                record.notes.extend(journal.commit())
                when_live()
                live.again = change.again(record, journal)
            except BaseException as raised:
                if (
                    change is None
                    and isinstance(raised, Exception)
                    and hold(found.texts, raised, False)
                ):
                    _leave(live, gone, failed, found.texts)
                    return None
                if journal.is_kept:
                    record.notes.extend(_complete(journal, raised))
                else:
                    record.notes[:] = _take_back(live, known, gone, journal, raised)
                    error = raised
                if isinstance(raised, KeyboardInterrupt):
                    live.pin_lines(found.texts if error else ())
                    raise
        if error is not None:
            is_hopeless = change is None and isinstance(error, HOPELESS)
            _remember_failure(live, found, known, error, is_hopeless)
        else:
            assert change is not None
            record.notes.extend(farewells(live, found.gone) if found.gone else ())
            found = change.found
        return _report(live, found, record, error, time.perf_counter() - started)


def _complete(journal: Journal, error: BaseException) -> list[str]:
    """It is too late to take anything back: the rest is done all the same. Gives what failed."""
    left = journal.commit()
    if isinstance(error, Exception):
        left.append(f"the change is live, but a clean-up after it failed: {told_error(error)}")
    return left


def _remember_failure(
    live: Live, found: Found, known: Known, error: BaseException, is_hopeless: bool
) -> None:
    """The texts are tried again together with the next change, and the error is the user's own."""
    without_offers(error).with_traceback(_without_us(error.__traceback__))
    live.failed.update(found.texts)
    live.failed.update(dict.fromkeys(found.refused, b""))
    live.suspects = dict(suspects(live, known, error))
    # The saves of now, as what was run may have written the files: that is no reason to try again.
    live.tried = {} if is_hopeless else {file: latest_save(file) for file in found.texts}
    live.tried |= dict.fromkeys(found.gone)


def _leave(
    live: Live, gone: frozenset[str], failed: Mapping[str, bytes], files: Iterable[str]
) -> None:
    """As if nobody had looked."""
    live.gone = gone
    live.failed.update(failed)
    live.pin_lines(files)


def _take_back(
    live: Live,
    known: Known,
    gone: frozenset[str],
    journal: Journal,
    error: BaseException,
) -> list[str]:
    """Makes everything what it was; what could not be put back stands in the error, too."""
    notes = journal.roll_back()
    for note in notes:
        error.add_note(f"heatsync: {note}")
    live.restore(known)
    live.gone = gone  # it is said again, by the next one that succeeds
    return notes


def preview(live: Live, files: Iterable[str]) -> Preview | None:
    """What `reload` would do about some files. Nothing runs, and nothing is written."""
    with live.lock, garbage.waits():
        found = look(live, files, by_signs=True)
        told, notes = (*found.recovered, *found.gone), tuple(farewells(live, found.gone))
        if not has_news(live, found):
            return Preview(told, notes=notes) if told else None
        record = Record()
        try:
            change = Anew(live, found)
        except Exception as error:
            return _no_preview(_files(found), error)
        files = _files(change.found)
        try:
            batch = change.begin(Journal(), record)
            synced = {
                file: data.pour(None, live.data[file].value, value)
                for file, value in change.values.items()
            }
            forecast = Forecast(batch)
            steps = tuple(forecast.run(synced))
            garbage.let_go(batch, forecast)
        except (RecursionError, RefusedError) as error:  # nested too deeply; a list, and now a dict
            return _no_preview(files, error)
        return Preview(files, steps, notes=(*record.notes, *notes))


def _files(found: Found) -> tuple[str, ...]:
    applied = (*found.texts, *found.refused, *found.homes.values())
    return (*applied, *found.recovered, *found.gone)


def _no_preview(files: tuple[str, ...], error: Exception) -> Preview:
    return Preview(files, error=error.with_traceback(_without_us(error.__traceback__)))


def _report(
    live: Live, found: Found, record: Record, error: BaseException | None, seconds: float
) -> Report:
    files = (*found.texts, *found.refused, *found.homes.values())
    names = [running.name for file in files for running in live.at(file)]
    files += (*found.recovered, *(() if error else found.gone))
    notes = tuple(record.notes)
    if error is None:
        steps, outcomes = tuple(record.taken), tuple(record.outcomes)
        return Report(
            files, steps, None, seconds, notes, outcomes, look=partial(still_old, live, names)
        )
    attempted = record.taken[-1] if record.taken else None
    return Report(files, (), error, seconds, notes, attempted=attempted)


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
