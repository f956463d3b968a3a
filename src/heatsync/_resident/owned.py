"""What statements own: it ends before they run again, and comes back if the reload fails."""

from __future__ import annotations

import atexit
import itertools
import os
import threading
from collections.abc import Iterable, Iterator
from enum import Enum
from types import FrameType
from typing import TYPE_CHECKING, Any

from heatsync._resident import log
from heatsync._resident.brief import shortened
from heatsync._resident.live import Running
from heatsync._resident.owners import Owner, owner_of

if TYPE_CHECKING:
    from heatsync._engine.objects.journal import Journal
    from heatsync._engine.texts.source import Statement


class LeftError(Exception):
    """Raised by what is to take something back: what it cannot, as a sentence."""


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
    ending = "end"  # what it will do then
    takes_back = False  # whether it undoes what else its statement did
    ends_with_module = True  # and with the process

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

    def hold(self) -> None:
        """Before its statement runs again, or is dropped."""
        self.state = State.HELD
        self._hold()

    def take_up(self) -> None:
        if self.state is State.HELD:
            self.state = State.GOING
            self._take_up()

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


class applied_through:  # noqa: N801  # as it is written behind `with`
    """In here, whatever this thread makes depends on how the batch ends."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def __enter__(self) -> None:
        _here.journal = self._journal

    def __exit__(self, *_: object) -> None:
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


def things_of(running: Running) -> list[Owned]:
    """What the statements of a module own, the latest first."""
    with _lock:
        return list(_things.get(id(running.namespace), ()))[::-1]


def hand_on(thing: Owned, namespace: dict[str, Any], statement: Statement) -> None:
    """It belongs to a statement of another module now, given by its globals."""
    with _lock:
        _forget(thing)
        thing.owner.namespace, thing.owner.statement = namespace, statement
        _things.setdefault(id(namespace), {})[thing] = None


def held(statement: Statement, things: list[Owned]) -> None:
    """What this statement, which runs now, had made until it ran again."""
    _here.held[statement] = things


# -------------------------------------------------------------------------- the end


def end_all_of(modules: Iterable[dict[str, Any]]) -> None:
    """Ends what the statements and functions of some modules made, given by their globals."""
    gone = {id(namespace) for namespace in modules}
    _end_all(t for t in _everything() if {id(t.owner.namespace), id(t.owner.maker)} & gone)


def _everything() -> list[Owned]:
    with _lock:
        return [t for of_module in _things.values() for t in of_module if t.ends_with_module]


def _end_all(things: Iterable[Owned]) -> None:
    """The latest first. What one raises keeps none of the others."""
    for thing in sorted(things, key=lambda thing: thing.number, reverse=True):
        try:
            thing.end()
            thing.finish()
        except KeyboardInterrupt:
            raise
        except BaseException:
            log.exception("%s raised while it ended", thing)


@atexit.register
def _end_at_exit() -> None:
    # To what a process had made before it forked, its child has no right.
    _end_all(thing for thing in _everything() if thing.process == os.getpid())
