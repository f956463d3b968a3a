"""Every write, every statement and every clean-up of a reload fails in turn: nothing has happened."""

import gc
import importlib
import linecache
import os
import signal
import sys
import textwrap

import pytest

import picture
from edits import EDITS
from heatsync import Heatsync, _sharing, forget
from heatsync._engine.anew import Anew
from heatsync._engine.objects import endings, execute, merge, recode, shelves
from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.merge import Merger
from heatsync._resident.live import LIVE
from heatsync._resident.owned import Owned

WRITES = [
    "set_attribute",
    "delete_attribute",
    "set_item",
    "delete_item",
    "set_cell",
    "swap",
    "refill",
    "protect",
    "protect_item",
    "protect_modules",
    "on_commit",
    "on_roll_back",
]
ENGINE = os.path.dirname(merge.__file__)
# All places instead of some from each edit: it takes minutes.
EVERY = bool(os.environ.get("HEATSYNC_EVERY_FAULT"))
PLACES = [
    *((Journal, name) for name in WRITES),
    *((Merger, name) for name in ("merge", "pour_function", "pour_class")),
    *((execute, name) for name in ("run", "run_member", "set_members", "arrange_annotations")),
    *((shelves.Shelf, name) for name in ("take", "note_new", "arrange")),
    (merge, "hand_over"),
    (recode, "recode"),
    (endings.Endings, "hold"),
    (endings, "_hold"),
    (endings, "follow"),
]


def let_go(error):
    """Its frames, and those of what it came upon, hold objects that can then not be replaced."""
    while isinstance(error, BaseException):
        error.__traceback__ = None
        error = error.__context__


class Faults:
    """Counts the places of a reload before and after which something can fail, and fails at one."""

    def __init__(self, monkeypatch):
        self.set()
        for owner, name in PLACES:
            monkeypatch.setattr(owner, name, self._around(getattr(owner, name), name))

    def _around(self, original, name):
        def failing(*args, **kwargs):
            self._pass(f"before {name}")
            result = original(*args, **kwargs)
            self._pass(f"after {name}")
            return result

        return failing

    def _pass(self, place):
        self.passed.append(place)
        if len(self.passed) == self._at:
            raise self._error

    def set(self, at=None, error=None):
        self.passed, self._at, self._error = [], at, error


class Process:
    """A project that is loaded anew as often as wanted, as if in new processes."""

    def __init__(self, root):
        self.root = root
        self.sync = self.edited = None

    def begin(self, edited):
        self.end()
        self.edited = edited
        self._write(edited.before)
        self.sync = Heatsync(watch=False)
        self.sync.events.on("error", lambda error: None)
        self.sync.track(self.root)
        names = [name for name in edited.before if name.endswith(".py") and "/" not in name]
        for name in names:
            importlib.import_module(name.removesuffix(".py"))
        for name in edited.data:
            self.sync.require(self.root / name)
        namespace = {name: sys.modules[name] for name in list(LIVE.modules)}
        exec(edited.use, namespace)
        self.sync.refresh()
        assert not LIVE.failed
        self._write(edited.after)

    def _write(self, files):
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(textwrap.dedent(text).lstrip("\n"), "utf-8")

    def apply(self):
        """As if something had been saved: what failed is tried again."""
        return _sharing.reload_and_tell(list(self.sync._keeper.claimed), again=True)

    def lines_shown(self):
        files = [file for file in LIVE.files if os.path.exists(file)]
        return {file: "".join(linecache.getlines(file)) for file in files}

    def texts_running(self):
        """By file that is there, the text that runs, which is not the one on disk."""
        running = [running for file in LIVE.files for running in LIVE.at(file)]
        return {one.file: one.source.text for one in running if os.path.exists(one.file)}

    def is_done(self):
        return not LIVE.failed and all(
            (self.root / name).read_bytes() == running.data
            for name in self.edited.after
            for running in LIVE.at(str(self.root / name))
            if (self.root / name).exists()
        )

    def end(self):
        if self.sync is not None:
            self.sync.dispose()
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(str(self.root)):
                forget(module=module)
                del sys.modules[name]
        for folder, _, files in os.walk(self.root):
            for name in files:
                os.unlink(os.path.join(folder, name))


@pytest.fixture
def process(tmp_path, monkeypatch):
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.syspath_prepend(root)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    process = Process(root)
    gc.collect()
    gc.freeze()  # a batch may look through the heap, which need not be that of all the tests
    yield process
    process.end()


@pytest.fixture
def faults(monkeypatch):
    return Faults(monkeypatch)


def sampled(total, wanted):
    """Some of the numbers from 1 on, evenly, the first and the last included.

    Each Python looks at others, so that all of them together look at three times as many.
    """
    if EVERY or total <= wanted:
        return range(1, total + 1)
    third = sys.version_info.minor % 3 / 3
    between = {1 + round((n + third) * (total - 1) / (wanted - 1)) for n in range(wanted - 1)}
    return sorted({1, total} | between)


def outcome(process):
    gc.collect()  # what is garbage is not there, though `__subclasses__` may still tell of it
    return picture.of_outcome(process.root)


def nothing_happened(process, before):
    """What is another than before, for a person to read."""
    found = picture.differences(before, picture.of_process(process.root))
    if found:
        gc.collect()
        found = picture.differences(before, picture.of_process(process.root))
    return found


@pytest.mark.parametrize("name", EDITS)
def test_a_fault_at_any_place_leaves_everything_as_it_was(process, faults, name):
    process.begin(EDITS[name])
    undisturbed = process.apply()
    assert undisturbed.error is None
    places, expected = list(faults.passed), outcome(process)

    process.begin(EDITS[name])
    before = picture.of_process(process.root)
    for number in sampled(len(places), 24):
        error = [RuntimeError("here"), KeyboardInterrupt(), MemoryError()][number % 3]
        faults.set(number, error)
        if isinstance(error, KeyboardInterrupt):
            with pytest.raises(KeyboardInterrupt):
                process.apply()
        else:
            report = process.apply()
            assert (report.error, report.steps, report.notes) == (error, (), ())
        let_go(error)
        assert faults.passed == places[:number]
        faults.set()
        assert nothing_happened(process, before) == [], (number, places[number - 1])
        assert process.lines_shown() == process.texts_running()

    report = process.apply()
    assert report.error is None
    assert (report.trace, report.notes) == (undisturbed.trace, undisturbed.notes)
    assert picture.differences(expected, outcome(process)) == []


class Lines:
    """Counts the lines that the engine runs in a reload, and does something before one of them."""

    def __init__(self):
        self.passed = 0
        self.where = ""
        self._at = self._action = None

    def during(self, call, at=None, action=None):
        self.passed, self._at, self._action = 0, at, action
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            return call()
        finally:
            sys.settrace(before)

    def _enter(self, frame, event, argument):
        return self._line if frame.f_code.co_filename.startswith(ENGINE) else None

    def _line(self, frame, event, argument):
        if event == "line":
            self.passed += 1
            if self.passed == self._at:
                self.where = f"{frame.f_code.co_filename}:{frame.f_lineno}"
                sys.settrace(None)
                self._action()
        return self._line


def out_of_memory():
    raise MemoryError


def press_ctrl_c():
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("action", [out_of_memory, press_ctrl_c])
@pytest.mark.parametrize("name", EDITS)
def test_an_interruption_at_any_line_is_all_or_nothing(process, name, action):
    process.begin(EDITS[name])
    lines = Lines()
    assert lines.during(process.apply).error is None
    total, expected = lines.passed, outcome(process)

    process.begin(EDITS[name])
    before = picture.of_process(process.root)
    for number in sampled(total, 12):
        try:
            report = lines.during(process.apply, number, action)
            error = report.error or (report.notes if "MemoryError" in str(report) else None)
        except (MemoryError, KeyboardInterrupt) as raised:
            error = raised
        # What was parsed before needs no lines any more: it may not come to so many. And what is
        # left to do once a change is live is done again.
        assert error is None or lines.passed >= number, lines.where
        assert error is not None or lines.passed < number or process.is_done(), lines.where
        let_go(error)
        if process.is_done():
            assert picture.differences(expected, outcome(process)) == [], lines.where
            process.begin(EDITS[name])
            before = picture.of_process(process.root)
        else:
            assert nothing_happened(process, before) == [], lines.where

    assert process.apply().error is None
    assert picture.differences(expected, outcome(process)) == []


@pytest.mark.parametrize("name", EDITS)
def test_what_cannot_be_put_back_is_told_and_the_rest_is(process, monkeypatch, name):
    roll_back, found = Journal.roll_back, []

    def refusing(journal):
        found[:] = journal._undo
        if at is not None:
            journal._undo[at] = (raising(OSError("refused")), found[at][1])
        return roll_back(journal)

    monkeypatch.setattr(Journal, "roll_back", refusing)
    # The very end of the batch fails, so that there is all of it to take back.
    monkeypatch.setattr(Anew, "succeed", raising(RuntimeError, "at the end"))
    at = None
    process.begin(EDITS[name])
    process.apply()
    for at in [number - 1 for number in sampled(len(found), 6)]:
        process.begin(EDITS[name])
        before = picture.of_process(process.root)
        report = process.apply()
        assert str(report.error) == "at the end"
        [note] = report.notes
        assert note.endswith(" could not be put back: OSError: refused")
        assert report.error.__notes__ == [f"heatsync: {note}"]
        let_go(report.error)
        if at == 0:  # the last of all: what it had to do is all that is missing
            undo, arguments = found[0]
            undo(*arguments)
            assert nothing_happened(process, before) == []


def test_what_fails_after_the_change_is_live_is_told_and_takes_nothing_back(process, monkeypatch):
    process.begin(EDITS["functions"])
    cached = sys.modules["app"].cached
    later = []
    on_commit = Journal.on_commit

    def with_failing(journal, action):
        on_commit(journal, raising(SystemExit(3)))
        on_commit(journal, action)
        later.append(action)

    monkeypatch.setattr(Journal, "on_commit", with_failing)

    report = process.apply()

    assert report.error is None
    assert len(report.notes) == len(later) > 1
    assert {*report.notes} == {"the change is live, but a clean-up after it failed: SystemExit: 3"}
    assert cached.cache_info().currsize == 0  # those behind the failing one were done
    assert sys.modules["app"].body() == 2
    assert process.sync.refresh() is None


def test_what_memory_ran_out_for_before_it_came_to_its_end_ends_all_the_same(process, monkeypatch):
    process.begin(EDITS["clean-ups"])
    assert process.apply().error is None
    expected = outcome(process)

    process.begin(EDITS["clean-ups"])
    refused = []

    def refuse(thing):
        refused.append(str(thing))
        raise MemoryError

    monkeypatch.setattr(Owned, "cancel", refuse)
    report = process.apply()

    assert report.error is None
    assert report.notes == tuple(f"{name} raised MemoryError while it ended" for name in refused)
    assert len(refused) > 1
    assert picture.differences(expected, outcome(process)) == []


def raising(error, *words):
    def fail(*arguments):
        raise error(*words) if words else error

    return fail
