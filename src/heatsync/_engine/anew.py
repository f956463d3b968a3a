"""What follows from new texts, found out anew: they are compared, planned, and applied by a walk."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.machinery import FileFinder

from heatsync._engine.again import Again
from heatsync._engine.batches import data
from heatsync._engine.batches.batch import Batch
from heatsync._engine.files import program, unimported
from heatsync._engine.files.comparing import compare
from heatsync._engine.files.homes import move_in
from heatsync._engine.files.pending import PendingWorld
from heatsync._engine.files.stale import Found
from heatsync._engine.learned import learned
from heatsync._engine.objects import endings, flights, garbage
from heatsync._engine.objects.journal import Journal
from heatsync._engine.texts.edit import Edit
from heatsync._engine.texts.graph import Graph
from heatsync._engine.texts.moves import Gone
from heatsync._engine.texts.plan import make_plan
from heatsync._engine.texts.taken import EDITED, Action, Record, Taken
from heatsync._engine.walking.walk import Walk
from heatsync._resident.live import Live


class Anew:
    """Some texts, compared with those that are running. Raises what one fails with: nothing is
    touched before."""

    def __init__(self, live: Live, found: Found) -> None:
        self._live = live
        self._texts = compare(live, found)
        self.found = self._texts.found  # without what is left aside
        self._workers: tuple[Batch, Walk] | None = None

    def still(self) -> Anew:
        """What happens before it is applied makes no difference."""
        return self

    @property
    def edits(self) -> Mapping[str, Edit]:
        """What happened to each module."""
        return self._texts.edits

    @property
    def values(self) -> Mapping[str, object]:
        """What the data files hold now."""
        return self._texts.values

    def begin(self, journal: Journal, record: Record) -> Batch:
        """A batch that has its plan, of which nothing is done."""
        live, texts = self._live, self._texts
        pending = {name: edit.new for name, edit in texts.edits.items()}
        importing = [name for name, edit in texts.edits.items() if edit.may_import]
        graph = Graph(PendingWorld(live, pending, importing))
        unfinished = program.Unfinished(live, texts.edits)
        if any("import" in pair.new.text for edit in texts.edits.values() for pair in edit.changed):
            _look_anew_for_modules()
        rebinds = not all(edit.region.keeps_bindings for edit in texts.edits.values())
        before = Graph(PendingWorld(live, {})) if rebinds else graph
        gone = Gone({each.name: each.data for file in self.found.away for each in live.at(file)})
        plan = make_plan(texts.edits, graph, before, unfinished.holds, gone)
        record.notes.extend((*texts.notes, *program.left_alone(live, plan)))
        return Batch(plan, texts.codes, graph, before, live, journal, unfinished.holds, record)

    def apply(self, journal: Journal, record: Record) -> None:
        """Applies all of it. An exception of the user's code passes through."""
        live, texts = self._live, self._texts
        for module, edit in texts.edits.items():
            if edit.moves_file:
                move_in(journal, live.modules[module].module, edit.new.file)
        batch = self.begin(journal, record)
        for file, value in texts.values.items():
            different = data.pour(journal, live.data[file].value, value)
            taken = Taken(Action.SYNC, os.path.basename(file), file, 1, EDITED)
            batch.taken.append(taken)
            data.tell(batch, live.data[file], different, taken)
        walk = Walk(batch)
        walk.run()
        self._workers = batch, walk

    def succeed(self, journal: Journal) -> None:
        """These are the texts that are running."""
        live, texts = self._live, self._texts
        for module, edit in texts.edits.items():
            running = live.modules[module]
            program.follow(running, edit)
            flights.follow(running, edit, texts.codes)
            endings.follow(running, edit, journal)
            text, same = texts.texts[running.file], not edit.may_import
            if not same:
                unimported.follow(running, edit)
            live.become(running, text, edit.new, imports_the_same=same)
            if edit.moves_file:
                journal.set_attribute(running, "file", edit.new.file)
                live.arrange()
        live.suspects.clear()
        live.tried.clear()
        live.unpin_lines(texts.texts)
        for file in texts.values:
            live.data[file].data = texts.texts[file]
        for file in texts.texts:
            live.failed.pop(file, None)
        if texts.aside:  # which are looked at with the next change, as they are
            live.failed.update(texts.aside)
            live.pin_lines(texts.aside)

    def again(self, record: Record, journal: Journal) -> Again | None:
        """What the next one may go by, if it is of the same kind. Those who worked for it are done."""
        assert self._workers is not None
        again = learned(self._live, self._workers[0], record, journal)
        garbage.let_go(*self._workers)
        return again


def _look_anew_for_modules() -> None:
    """Python lists a folder again only where its time differs, which is coarser than saves are."""
    for finder in list(sys.path_importer_cache.values()):
        if isinstance(finder, FileFinder):
            finder.invalidate_caches()
