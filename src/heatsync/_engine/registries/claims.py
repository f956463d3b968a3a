"""Which of the entries in the objects that a statement works on are its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, takewhile
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.batches.targets import Targets
from heatsync._engine.objects.holdings import Attribute, attribute_values, identity, known_by
from heatsync._engine.objects.insides import Insides, is_definition, is_record, texts_of
from heatsync._engine.objects.memory import CONTAINERS, MAPPINGS, MISSING
from heatsync._engine.objects.shelves import Place, Shelf, Shelves
from heatsync._engine.registries.constructed import Constructed
from heatsync._engine.registries.makers import Makers
from heatsync._engine.registries.marks import Marks, running_statements
from heatsync._engine.registries.signs import Sign, Signs
from heatsync._engine.texts.displays import is_key, key_word, says_key, setting
from heatsync._engine.texts.graph import Ref
from heatsync._engine.texts.kinds import home_of, name_of
from heatsync._engine.texts.names import DEFINITIONS, How, dotted
from heatsync._engine.texts.source import Statement


@dataclass(frozen=True, slots=True)
class Stored:
    """The mapping in which a statement sets keys, and no others."""

    holder: dict[Any, Any]
    keys: list[Any]
    is_default: bool  # whether it leaves a key alone that is there


@dataclass(frozen=True, slots=True)
class Claimed:
    """What on a shelf is a statement's own."""

    places: list[Place]
    rivals: list[Sign] = field(default_factory=list)  # whose they may be just as well
    is_there_anyway: bool = False  # what it put there was in the container from the start


class Claims:
    """Tells whose an entry is, by what it holds. Nothing of the user's runs."""

    def __init__(
        self, batch: Batch, targets: Targets, shelves: Shelves, makers: Makers, insides: Insides
    ) -> None:
        self._batch = batch
        self._targets = targets
        self._shelves = shelves
        self._makers = makers
        self._signs = Signs(batch, targets, shelves, insides)
        self._marks = Marks(batch, targets)
        self._constructed = Constructed(batch, targets, shelves, insides)
        self._insides = insides
        self._elsewhere: dict[Statement, frozenset[tuple[int, str]]] = {}
        self._gathered: dict[tuple[Statement, frozenset[int]], set[int]] = {}
        self.sign, self.bound = self._signs.of, self._signs.bound
        self.names_on = insides.names_on

    def look_anew(self) -> None:
        """What is on shelves may be different from now on."""
        self._insides.forget()
        self._elsewhere.clear()
        self._gathered.clear()

    def forget(self) -> None:
        """Lets go of what there is."""
        self.look_anew()
        self._signs.forget()

    def is_attribute(self, module: str, statement: Statement, target: Any) -> bool:
        """Whether an attribute of an object is, or is a record of, what a statement defined."""
        if not isinstance(statement.node, DEFINITIONS) or type(target) in CONTAINERS:
            return False
        things = self.sign(module, statement).things
        steps = (self._insides.distance(value, things) for value in attribute_values(target))
        return any(step is not None and step < 2 for step in steps)

    def claimed(self, sign: Sign, shelf: Shelf) -> Claimed:
        """The places on a shelf that are a statement's own.

        Where others may own them just as well, all their places, and whose they may be.
        """
        stored = self._stored(sign)
        if stored is not None:
            keys = stored.keys if stored.holder is shelf.holder else []
            if stored.is_default and any(self._is_made_with(sign, shelf, key) for key in keys):
                return Claimed([], is_there_anyway=True)
            return Claimed([place for key in keys for place in shelf.at_key(key)])
        # Of what it handed on, the entries are not its own, but for what it made itself.
        things = sign.bound if self._is_elsewhere(sign, shelf) else sign.things
        candidates = [
            (place, entry)
            for place, entry in (shelf.old() if self._insides.lead_to(shelf, things) else ())
            if (steps := self._steps(sign, entry, things)) is not None
            and not self._insides.is_shared(entry, things, partial(self._is_anothers, sign, shelf))
            and not self._is_closer_to_another(sign, shelf, entry, steps)
            and not self._is_gathered_in(sign, entry, things)
        ]
        if candidates and self._is_in_anothers_record(sign, shelf):
            return Claimed([])
        if not candidates:
            return Claimed(
                []
                if things is not sign.things
                else [*self._marks.places(sign.module, sign.statement, shelf)]
            )
        by = sign.module, sign.statement
        made_with = self._constructed.places(*by, things, shelf, candidates)
        left = [candidate for candidate in candidates if candidate[0] not in made_with]
        made_with = self._makers.places(*by, shelf, left)
        left = [candidate for candidate in left if candidate[0] not in made_with]
        if (
            not left
            and isinstance(shelf.holder, set)
            and self._makers.puts(sign.module, sign.statement, shelf)
        ):
            return Claimed([], is_there_anyway=True)
        return self._contested(sign, shelf, left)

    def _steps(self, sign: Sign, entry: Any, things: Collection[int]) -> int | None:
        """In how many steps an entry leads to some things, not by way of what the statement works
        on: a route that has the application in a closure leads to all that the application has."""
        steps = self._insides.distance(entry, things)
        if not steps:
            return steps
        around = self._targets.of(sign.module, sign.statement).keys() - {*things}
        return self._insides.distance_past(entry, things, around)

    def _contested(self, sign: Sign, shelf: Shelf, candidates: list[tuple[Place, Any]]) -> Claimed:
        """Which of some places are a statement's, as others put the same things there."""
        rivals = []
        for rival in self._rivals(sign, shelf) if candidates else ():
            stored = self._stored(rival)
            if stored is None:
                rivals.append(rival)
            elif stored.holder is shelf.holder:  # it says itself which ones are its
                theirs = [place for key in stored.keys for place in shelf.at_key(key)]
                candidates = [(place, entry) for place, entry in candidates if place not in theirs]
        if not rivals:
            return Claimed([place for place, _ in candidates])
        in_order = sorted([sign, *rivals], key=self._when)
        return self._share(sign, in_order, candidates)

    def _share(
        self, sign: Sign, in_order: list[Sign], candidates: list[tuple[Place, Any]]
    ) -> Claimed:
        """Gives each entry to whom it fits best; among equals the first to the first, if that works."""
        contested: dict[tuple[int, ...], list[Place]] = {}
        for place, entry in candidates:
            ids = self._insides.ids(entry)
            constants = self._insides.atoms(entry)
            fits = [one.fit(ids, constants) for one in in_order]
            best = tuple(n for n, fit in enumerate(fits) if fit == max(fits))
            contested.setdefault(best, []).append(place)
        own, others = [], []
        for best, places in contested.items():
            equals = [in_order[n] for n in best]
            if sign not in equals:
                continue
            each, rest = divmod(len(places), len(best))
            if not rest:
                start = equals.index(sign) * each
                own += places[start : start + each]
            else:
                own += places
                others += [one for one in equals if one is not sign]
        return Claimed(own, others)

    def _is_made_with(self, sign: Sign, shelf: Shelf, key: Any) -> bool:
        return self._makers.at_key(sign.module, sign.statement, shelf, key) is not MISSING

    def _when(self, sign: Sign) -> tuple[int, int, int]:
        return self._batch.ran_at(sign.module, sign.statement)

    def tells_key(self, sign: Sign) -> bool:
        """Whether a statement tells the key of the one entry that it makes."""
        return self._stored(sign) is not None

    def sets_still(self, module: str, new: Statement, key: Any) -> bool:
        """Whether the text of an edited statement sets a key that it had set before."""
        found = setting(new.node)
        nodes = found.keys if found else ()
        keys = [self._targets.constant(module, new, node) for node in nodes]
        if keys and MISSING not in keys:
            return any(map(partial(is_key, key), keys))
        word = key_word(key)
        return bool(word) and says_key(new, word)

    def stored(self, module: str, statement: Statement) -> Stored | None:
        """The mapping and the keys in it that the text of a statement shows it to set."""
        return self._stored(self.sign(module, statement))

    def may_be(self, module: str, statement: Statement, shelf: Shelf, entry: Any) -> bool:
        """Whether an entry may be what a statement puts on a shelf, as far as its text tells."""
        sign = self.sign(module, statement)
        if self._stored(sign) is not None:
            return self.may_set(sign, shelf, entry[0])
        return self._insides.distance(entry, sign.things) is not None

    def defining(self, entry: Any) -> Iterator[tuple[str, Statement]]:
        """The statements that define what an entry is for."""
        for thing in self._signs.is_for(entry)[1]:
            home, name = home_of(thing), name_of(thing)
            found = self._batch.graph.definition(Ref(home, name))
            yield from [found] if found else []

    def may_set(self, sign: Sign, shelf: Shelf, key: Any) -> bool:
        """Whether a statement may set a key of a mapping, where it is not known to set others."""
        stored = self._stored(sign)
        if stored is not None:
            return stored.holder is shelf.holder and any(map(partial(is_key, key), stored.keys))
        return not self.claimed(sign, shelf).places

    def named(
        self, sign: Sign, entries: list[Any], known: Mapping[Shelf, list[Place]]
    ) -> dict[Shelf, list[tuple[Place, Any]]]:
        """The records that lead to some entries, or only name them, beside the `known` ones."""
        firsts = [entry[0] for entry in entries if type(entry) is tuple and entry]
        names = {first for first in firsts if type(first) is str}
        ids = set(map(id, entries))
        lead, name = self._insides.lead_to, self._insides.name
        alone = partial(self._named_by_nobody_else, sign, names, known)
        records = {id(entry) for entry in entries if is_record(entry)}
        by_name = {
            shelf: [
                (place, entry)
                for place, entry in shelf.old()
                if place not in places and id(entry[1]) in records
            ]
            for shelf, places in known.items()
            if records and not shelf.is_list and not self._is_elsewhere(sign, shelf)
        }
        return by_name | {
            shelf: [
                (place, entry)
                for place, entry in shelf.old()
                if place not in places
                and id(entry) not in ids  # the same thing, put there by another statement
                and (self._leads_to(sign, entry, ids) or self._is_named(sign, entry, names, alone))
            ]
            for shelf, places in known.items()
            if shelf.is_list
            and not self._is_elsewhere(sign, shelf)
            and (lead(shelf, ids) or name(shelf, names))
        }

    def _leads_to(self, sign: Sign, entry: Any, records: Collection[int]) -> bool:
        steps = self._steps(sign, entry, records)
        return steps is not None and steps < 3 and not self._is_gathered_in(sign, entry, records)

    def _is_named(
        self, sign: Sign, entry: Any, names: Collection[str], alone: Callable[[], Collection[str]]
    ) -> bool:
        """Whether an entry, with nothing of its own, names something that is a statement's."""
        if not names or self._signs.is_for(entry)[1]:
            return False
        if sign.is_named(self._insides.atoms(entry), names):
            return True
        told = texts_of(entry)
        return not told.isdisjoint(names) and not told.isdisjoint(alone())

    def _named_by_nobody_else(
        self, sign: Sign, names: Collection[str], known: Mapping[Shelf, list[Place]]
    ) -> Collection[str]:
        """Of some names those that stand for nothing else: a record that bears one is ours, though
        nothing that the statement wrote is in it, as with `app.register_blueprint(pages)`."""
        if any(places and self._rivals(sign, shelf) for shelf, places in known.items()):
            return ()
        others = (
            entry[0]
            for shelf, places in known.items()
            if not shelf.is_list
            for place, entry in shelf.old()
            if place not in places and type(entry[0]) is str and self._signs.is_for(entry)[1]
        )
        return {*names}.difference(others)

    def _stored(self, sign: Sign) -> Stored | None:
        """The dict and the keys of `REGISTRY["a"] = …`, where they can be told."""
        found = setting(sign.statement.node)
        path = dotted(found.mapping) if found else None
        if found is None or path is None:
            return None
        holder = self._targets.value_of(sign.module, sign.statement, path)
        for node in found.way:
            key = self._targets.constant(sign.module, sign.statement, node)
            holder = dict.get(holder, key, MISSING) if type(holder) in MAPPINGS else MISSING
        keys = [self._targets.constant(sign.module, sign.statement, node) for node in found.keys]
        is_told = issubclass(type(holder), dict) and MISSING not in keys
        return Stored(holder, keys, found.is_default) if is_told else None

    def _is_anothers(self, sign: Sign, shelf: Shelf, part: Any) -> bool:
        """Whether a part of an entry was put there for another definition."""
        return any(
            self._is_closer_to_another(sign, shelf, thing, 1)
            for thing in self._insides.definitions(part, 3)
            if known_by(thing) not in sign.things
        )

    def _is_closer_to_another(self, sign: Sign, shelf: Shelf, entry: Any, steps: int) -> bool:
        """Whether an entry was put there for another definition, which only leads to ours."""
        for thing in self._insides.definitions(entry, steps):
            module, name = home_of(thing), name_of(thing)
            for statement in running_statements(self._batch, module, {name.rpartition(".")[2]}):
                if name in statement.bound.binds:  # a wrapper bears our own name
                    return statement is not sign.statement and shelf.key in self._targets.holders(
                        module, statement
                    )
        return False

    def _is_elsewhere(self, sign: Sign, shelf: Shelf) -> bool:
        """Whether a container is one of what a statement handed on, and not one that it fills."""
        found = self._elsewhere.get(sign.statement)
        if found is None:
            found = self._elsewhere[sign.statement] = self._signs.elsewhere(sign)
        return shelf.key in found

    def _is_in_anothers_record(self, sign: Sign, shelf: Shelf) -> bool:
        """Whether a container is a part of what was put somewhere for another definition: the list
        of the dependencies of another route."""
        holder = shelf.holder.value if type(shelf.holder) is Attribute else shelf.holder
        around = self._targets.of(sign.module, sign.statement).keys()  # records may lead back to it
        return any(
            self._is_closer_to_another(sign, nearer, entry, steps + 1)
            for nearer in self._nearer(sign, shelf)
            if self._insides.lead_to(nearer, {id(holder)})
            for _, entry in nearer.placed()
            if (steps := self._insides.distance_past(entry, {id(holder)}, around))
        )

    def _is_gathered_in(self, sign: Sign, entry: Any, things: Collection[int]) -> bool:
        """Whether an entry leads to what is ours only by way of where it stands beside what is
        others': the topic that has it among its listeners, the group of another argument."""
        if self._insides.distance(_value(entry), things) in (None, 0, 1):
            return False
        key = sign.statement, frozenset(things)
        if key not in self._gathered:
            self._gathered[key] = self._gatherings(sign, things)
        around = self._gathered[key]
        return bool(around) and self._insides.distance_past(entry, things, around) is None

    def _gatherings(self, sign: Sign, things: Collection[int]) -> set[int]:
        """The ids of the containers in which some things stand beside what others put there: what
        is for a definition of theirs, or stands elsewhere, too."""
        targets = self._targets.of(sign.module, sign.statement).values()
        holders = (holder for _, target in targets for holder in self._targets.owned(target))
        shelves = {shelf: shelf.old() for shelf in map(self._shelves.of, holders)}
        stand = Counter(id(_value(entry)) for old in shelves.values() for _, entry in old)
        return {
            id(shelf.holder)
            for shelf, old in shelves.items()
            if self._insides.lead_to(shelf, things)
            and any(
                stand[id(_value(entry))] > 1 or self._is_closer_to_another(sign, shelf, entry, 3)
                for _, entry in old
                if self._insides.distance(entry, things) is None
            )
        }

    def _nearer(self, sign: Sign, shelf: Shelf) -> Iterator[Shelf]:
        """The containers of the same objects that are nearer to these."""
        for _, target in self._targets.of(sign.module, sign.statement).values():
            holders = self._targets.owned(target)
            if any(identity(holder) == shelf.key for holder in holders):
                others = takewhile(lambda holder: identity(holder) != shelf.key, holders)
                yield from map(self._shelves.of, others)

    def _rivals(self, sign: Sign, shelf: Shelf) -> list[Sign]:
        """Other statements that put some of the same things on the same shelf."""
        statement = sign.statement
        graph = self._batch.graph_of(sign.module, statement)
        refs = [Ref(sign.module, name) for name in statement.bound.outcome]
        if not isinstance(statement.node, DEFINITIONS):
            held = (use.path for use in statement.names.now if use.how is How.HOLD)
            refs += [graph.resolve(sign.module, "", path)[-1] for path in held]
        homes = filter(None, map(graph.definition, refs))
        refs += [Ref(home, name) for home, made in homes for name in made.bound.outcome]
        words = {ref.name.rpartition(".")[2] for ref in refs}
        words |= {name_of(t).rpartition(".")[2] for t in sign.things.values() if is_definition(t)}
        importers = (graph.world.importers(ref.module) for ref in refs)
        modules = chain([sign.module], (ref.module for ref in refs), *importers)
        return [
            rival
            for module in dict.fromkeys(modules)
            for other in running_statements(self._batch, module, words)
            if other is not statement.top and shelf.key in self._targets.holders(module, other)
            if (rival := self.sign(module, other)).things.keys() & sign.things.keys()
        ]


def _value(entry: Any) -> Any:
    """What an entry is; of an item of a mapping its value."""
    return entry[1] if type(entry) is tuple and len(entry) == 2 else entry
