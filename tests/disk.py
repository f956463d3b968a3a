"""Files that others write, kept live by the real watcher: what ran, and whether it was ever half a text."""

import queue
from contextlib import contextmanager

from heatsync import Heatsync
from heatsync._resident.live import LIVE
from running import write
from waiting import PATIENCE, settle

FILLER = "# what makes a text so long that it takes several writes\n" * 1500


def text(number, filler=FILLER):
    """A whole text: its first and its last line agree, and any half of it compiles."""
    return f"FIRST = {number}\n{filler}LAST = {number}\n"


class Disk:
    """Some live files, and what was seen of them.

    Whatever is done to the files, `settled` asserts the three things that a watcher owes: the last
    texts are those that run; no text ran that was never whole on disk; what one act did is one
    change.
    """

    def __init__(self, folder, files, *, there=False, filler=FILLER, **options):
        self.folder = folder
        self.files = {str(folder / name) for name in files}
        self._filler = filler
        self._whole = {self.text(0).encode()}
        self._reports = queue.SimpleQueue()
        self._seen = []
        if not there:
            write(folder, dict.fromkeys(files, self.text(0)))
        self.sync = Heatsync(**options)
        self.sync.events.on("after", self._hear)
        self.sync.events.on("error", lambda _: None)
        self.modules = self.sync.require([folder / name for name in files])

    def whole(self, number):
        """A text that is about to be written."""
        self._whole.add(self.text(number).encode())
        return self.text(number)

    def text(self, number):
        return text(number, self._filler)

    def _hear(self, report):
        # Where the change is applied, so that the texts that run are those of this report.
        texts = {file: running.data for file in report.files for running in LIVE.at(file)}
        self._reports.put((report, texts))

    def running(self):
        return {file: running.data for file in self.files for running in LIVE.at(file)}

    def on_disk(self):
        return {file: _read(file) for file in self.files}

    @contextmanager
    def at_once(self):
        """What is done in here is done before the watcher has its next turn, however long it takes."""
        with self.sync._watcher._lock:
            yield

    def _next(self):
        self._seen.append(self._reports.get(timeout=PATIENCE))

    def settled(self, changes=None, text=None):
        """All that was done has come through; there were so many changes, if that is told.

        Gives the reports.
        """
        wanted = {file: text.encode() for file in self.files} if text else self.on_disk()
        while self.running() != wanted:
            self._next()
        settle(self.sync)
        while not self._reports.empty():
            self._next()
        seen, self._seen = self._seen, []
        assert self.on_disk() == wanted == self.running()
        for _, texts in seen:
            halves = {file for file, data in texts.items() if data not in self._whole}
            assert not halves, f"ran a text that never was whole: {halves}"
        reports = [report for report, _ in seen]
        assert [report.error for report in reports if report.error] == []
        assert all(module.FIRST == module.LAST for module in self.modules)
        if changes is not None:
            told = [(len(report.files), report.notes) for report in reports]
            assert len(reports) == changes, f"{changes} were expected, not {told}"
        return reports

    def end(self):
        self.sync.dispose()


def _read(file):
    try:
        with open(file, "rb") as opened:
            return opened.read()
    except OSError:
        return None
