"""What statements made ends before they run again, or goes along with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from heatsync._engine.objects import garbage, interrupts
from heatsync._engine.objects.journal import Journal
from heatsync._engine.texts.edit import Edit, Pair
from heatsync._engine.texts.source import Statement
from heatsync._resident.brief import told_error
from heatsync._resident.live import Live, Running
from heatsync._resident.owned import Owned, State, hand_on, held, things_of


def _hold(thing: Owned, journal: Journal, notes: list[str]) -> None:
    """Before its statement runs again, or is dropped. What it raises is noted."""
    journal.on_roll_back(str(thing), thing.take_up)
    journal.on_commit(partial(_settle, thing, notes))
    try:
        with interrupts.let_through(), garbage.is_back():
            thing.hold()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        notes.append(f"{thing} raised {told_error(error)}")


def _settle(thing: Owned, notes: list[str]) -> None:
    try:
        thing.cancel()
    except BaseException as error:  # the change is live: the others are to end, too
        notes.append(f"{thing} raised {told_error(error)} while it ended")
        thing.end()  # where it had not come to that yet: it ends once


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
        own = self.of(module, pair)
        for thing in own:
            _hold(thing, self._journal, self._notes)
        if own:
            held(pair.new, own)
        return any(thing.takes_back for thing in own)

    def take_back(self, module: str, pair: Pair) -> bool:
        """Whether a statement has clean-ups of its own."""
        return any(thing.takes_back for thing in self.of(module, pair))

    def of(self, module: str, pair: Pair) -> list[Owned]:
        """What a statement and its members made until now, the latest first."""
        running = self._live.modules[module]
        things = [thing for thing in things_of(running) if thing.state is State.GOING]
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
    things = things_of(running)
    successors = dict(_successors(edit.block.pairs)) if things else {}
    for thing in things:
        successor = successors.get(thing.owner.resolve(running))
        if successor is not None:
            journal.set_attribute(thing.owner, "statement", successor)


def carry(origin: Running, old: Statement, home: Running, new: Statement) -> None:
    """What a statement owns goes along to the file in which it stands now."""
    for thing in things_of(origin)[::-1]:
        if thing.owner.resolve(origin) is old:
            hand_on(thing, home.namespace, new)


def _successors(pairs: Iterable[Pair]) -> Iterator[tuple[Statement | None, Statement]]:
    for pair in pairs:
        yield pair.old, pair.new
        if pair.members is not None:
            yield from _successors(pair.members.pairs)
        elif pair.old is not None:
            yield from zip(pair.old.every_member(), pair.new.every_member(), strict=False)
