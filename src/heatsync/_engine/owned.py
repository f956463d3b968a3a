"""What statements own: it ends before they run again, and comes back if the reload fails."""

from __future__ import annotations

import atexit
import importlib
import itertools
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from types import FrameType
from typing import Any

from heatsync._engine import interrupts
from heatsync._engine.diff import Edit, Pair
from heatsync._engine.journal import Journal
from heatsync._engine.live import Live, Running
from heatsync._engine.owners import Owner, owner_of
from heatsync._engine.source import Statement
from heatsync._engine.words import shortened, told_error


class State(Enum):
    """How far something that is owned has come."""

    MADE = "made in a batch that may still fail"
    GOING = "going"
    HELD = "its statement runs again: it is to end, unless the batch fails"
    ENDED = "ended"


class Owned:
    """Something that ends with the statement that made it.

    What cannot be taken back waits for the end of the batch, if it can: what a failed batch made
    has then never begun, and what it was to end has never ended.
    """

    kind = "what was made"  # in the words of a report
    takes_back = False  # whether it undoes what else its statement did

    def __init__(self) -> None:
        self.state = State.MADE
        self.owner = Owner({}, {}, "", 0, ())
        self.number = 0
        self.process = os.getpid()

    def prepare(self, before: list[Owned]) -> None:
        """It has its owner; `before` is what that had made until it ran again. Raises where it
        cannot begin."""

    def _begin(self) -> None:
        """It is in force from now on."""

    def _hold(self) -> None:
        """It has no effect any more, for now."""

    def _take_up(self) -> None:
        """It goes on where it was held."""

    def _end(self, before: State) -> None:
        """It is over, for good."""

    def __str__(self) -> str:
        statement = self.owner.statement
        line = statement.line if statement else self.owner.line
        return f"{self.kind} of {shortened(self.owner.file)}:{line}"

    def begin(self) -> None:
        if self.state is State.MADE:
            self.state = State.GOING
            self._begin()

    def hold(self, journal: Journal, notes: list[str]) -> None:
        """Before its statement runs again, or is dropped. What it raises is noted."""
        journal.on_roll_back(str(self), self.take_up)
        journal.on_commit(lambda: self._settle(notes))
        self.state = State.HELD
        try:
            with interrupts.let_through():
                self._hold()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            notes.append(f"{self} raised {told_error(error)}")

    def take_up(self) -> None:
        if self.state is State.HELD:
            self.state = State.GOING
            self._take_up()

    def _settle(self, notes: list[str]) -> None:
        try:
            self.cancel()
        except BaseException as error:  # the change is live: the others are to end, too
            notes.append(f"{self} raised {told_error(error)} while it ended")

    def cancel(self) -> None:
        """Ends it now, before its statement does."""
        self.end()
        self.look_after()

    def look_after(self) -> None:
        """Says so, later, where it takes too much time to end."""

    def finish(self) -> None:
        """Waits until it is over, where it takes its time."""

    def end(self) -> None:
        """Ends it, once."""
        with _lock:
            before, self.state = self.state, State.ENDED
            _forget(self)
        if before is not State.ENDED:
            self._end(before)


_lock = threading.Lock()
_numbers = itertools.count(1)
# By the id of a module's globals, what its statements own, in the order in which it was made.
_things: dict[int, dict[Owned, None]] = {}


class _Here(threading.local):
    journal: Journal | None = None

    def __init__(self) -> None:
        self.held: dict[Statement, list[Owned]] = {}  # by the statement that runs now


_here = _Here()


@contextmanager
def applied_through(journal: Journal) -> Iterator[None]:
    """Meanwhile, whatever this thread makes depends on how the batch ends."""
    _here.journal = journal
    try:
        yield
    finally:
        _here.journal = None
        _here.held = {}


def journal_here() -> Journal | None:
    """The journal of the batch that this thread applies, if any."""
    return _here.journal


def own(thing: Owned, caller: FrameType | None) -> None:
    """Makes something the property of the statement that makes the call in this frame."""
    try:
        thing.owner = owner_of(caller)
        thing.number = next(_numbers)
        thing.prepare(list(_predecessors(thing.owner.statement)))
        with _lock:
            _things.setdefault(id(thing.owner.namespace), {})[thing] = None
        if _here.journal is None:
            thing.begin()
        else:
            _here.journal.on_roll_back(str(thing), thing.end)
            _here.journal.on_commit(thing.begin)
    except BaseException:
        thing.end()
        raise


def _predecessors(statement: Statement | None) -> Iterator[Owned]:
    while statement is not None:
        yield from _here.held.get(statement, ())
        statement = statement.parent


def _forget(thing: Owned) -> None:
    """It is over; the lock is held."""
    of_module = _things.get(id(thing.owner.namespace), {})
    of_module.pop(thing, None)
    if not of_module:
        _things.pop(id(thing.owner.namespace), None)


def _of(running: Running) -> list[Owned]:
    """What the statements of a module own, the latest first."""
    with _lock:
        return list(_things.get(id(running.namespace), ()))[::-1]


class Endings:
    """Ends what statements made that a batch runs again or drops."""

    def __init__(
        self, live: Live, journal: Journal, notes: list[str], edits: Mapping[str, Edit]
    ) -> None:
        self._live = live
        self._journal = journal
        self._notes = notes
        self._edits = edits
        self._known: dict[str, dict[Statement | None, Statement]] = {}  # by module: the successors

    def hold(self, module: str, pair: Pair) -> bool:
        """Holds what a statement and its members made until now, the latest first.

        Gives whether it takes back itself what it did: it has clean-ups of its own.
        """
        own = self._own(module, pair)
        for thing in own:
            thing.hold(self._journal, self._notes)
        if own:
            _here.held[pair.new] = own
        return any(thing.takes_back for thing in own)

    def take_back(self, module: str, pair: Pair) -> bool:
        """Whether a statement has clean-ups of its own."""
        return any(thing.takes_back for thing in self._own(module, pair))

    def _own(self, module: str, pair: Pair) -> list[Owned]:
        running = self._live.modules[module]
        things = [thing for thing in _of(running) if thing.state is State.GOING]
        if not things:
            return []
        both = (pair.new, pair.old or pair.new)
        parts = {part for one in both for part in (one, *one.every_member())}
        successors = self._successors(module)
        owners = ((thing, thing.owner.resolve(running)) for thing in things)
        return [t for t, owner in owners if owner in parts or successors.get(owner) in parts]

    def _successors(self, module: str) -> dict[Statement | None, Statement]:
        if module not in self._known:
            edit = self._edits.get(module)
            self._known[module] = dict(_successors(edit.block.pairs)) if edit else {}
        return self._known[module]


def follow(running: Running, edit: Edit, journal: Journal) -> None:
    """What statements of the old text own belongs to those of the new one that continue them."""
    things = _of(running)
    successors = dict(_successors(edit.block.pairs)) if things else {}
    for thing in things:
        successor = successors.get(thing.owner.resolve(running))
        if successor is not None:
            journal.set_attribute(thing.owner, "statement", successor)


def carry(origin: Running, old: Statement, home: Running, new: Statement) -> None:
    """What a statement owns goes along to the file in which it stands now."""
    for thing in _of(origin)[::-1]:
        if thing.owner.resolve(origin) is old:
            with _lock:
                _forget(thing)
                thing.owner.namespace, thing.owner.statement = home.namespace, new
                _things.setdefault(id(home.namespace), {})[thing] = None


def _successors(pairs: Iterable[Pair]) -> Iterator[tuple[Statement | None, Statement]]:
    for pair in pairs:
        yield pair.old, pair.new
        if pair.members is not None:
            yield from _successors(pair.members.pairs)
        elif pair.old is not None:
            yield from zip(pair.old.every_member(), pair.new.every_member(), strict=False)


# -------------------------------------------------------------------------- the end


def end_all_of(modules: Iterable[dict[str, Any]]) -> None:
    """Ends what the statements and functions of some modules made, given by their globals."""
    gone = {id(namespace) for namespace in modules}
    _end_all(t for t in _everything() if {id(t.owner.namespace), id(t.owner.maker)} & gone)


def _everything() -> list[Owned]:
    with _lock:
        return [thing for of_module in _things.values() for thing in of_module]


def _end_all(things: Iterable[Owned]) -> None:
    """The latest first. What one raises keeps none of the others."""
    for thing in sorted(things, key=lambda thing: thing.number, reverse=True):
        try:
            thing.end()
            thing.finish()
        except KeyboardInterrupt:
            raise
        except BaseException:
            log = importlib.import_module("logging").getLogger("heatsync")
            log.exception("%s raised while it ended", thing)


@atexit.register
def _end_at_exit() -> None:
    # To what a process had made before it forked, its child has no right.
    _end_all(thing for thing in _everything() if thing.process == os.getpid())
