"""Keys of a mapping that several statements set: the last of them that is there has the last word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.objects.shelves import Shelf
from heatsync._engine.registries.registrations import Registrations
from heatsync._engine.registries.withdrawn import Withdrawn
from heatsync._engine.texts.displays import is_key, key_word, says_key, setting
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import Cause, Passed, Taken
from heatsync._engine.texts.words import subject

_Held = dict[int, tuple[Any, Any]]  # by id of the key


class Keys:
    """Has those run again that set a key too, after another statement has set it or left it."""

    def __init__(self, batch: Batch, registrations: Registrations) -> None:
        self._batch = batch
        self._registrations = registrations

    def held(self, withdrawn: Withdrawn) -> dict[Shelf, _Held]:
        """What the mappings hold that a statement is about to fill."""
        return {s: _items(s) for s in withdrawn.shelves if issubclass(type(s.holder), dict)}

    def see_to(self, withdrawn: Withdrawn, before: dict[Shelf, _Held], by: Taken | Passed) -> None:
        """A statement has run, or is gone: who set the same keys is looked at."""
        for shelf, held in before.items():
            now = _items(shelf)
            set_anew = [k for i, (k, v) in now.items() if i in held and held[i][1] is not v]
            taken = withdrawn.keys.get(shelf, [])
            for key in set_anew + [key for key in taken if _has(now, key)]:
                self._enqueue(withdrawn, shelf, key, by, only_later=True)
            for key in [key for key in taken if not _has(now, key)]:
                self._enqueue(withdrawn, shelf, key, by, only_later=False)

    def foresee(self, found: Withdrawn, by: Taken | Passed, is_gone: bool = False) -> None:
        """Likewise, of a statement that is only going to run, as far as its text tells."""
        for shelf in [shelf for shelf in found.shelves if isinstance(shelf.holder, dict)]:
            keys = {id(key): key for key, _ in shelf.at(found.slots.get(shelf, []))}
            for key in keys.values():
                again = not is_gone and self._registrations.sets_still(found, key)
                self._enqueue(found, shelf, key, by, only_later=again)
            for key in (
                ()
                if is_gone
                else self._registrations.keys_set(found.module, found.new, shelf.holder)
            ):
                if not any(is_key(key, other) for other in keys.values()):
                    self._enqueue(found, shelf, key, by, only_later=True)

    def see_to_order(self) -> None:
        """Where statements that set the same key stand in another order now, the last runs again."""
        for module, edit in self._batch.plan.edits.items():
            for statement in edit.region.moved:
                if setting(statement.node):
                    self._see_to_order(module, statement)

    def _see_to_order(self, module: str, moved: Statement) -> None:
        batch, registrations = self._batch, self._registrations
        mapping = registrations.mapping_of(module, moved)
        for key in registrations.keys_set(module, moved, mapping):
            setters = [
                statement
                for statement in batch.statements(module)
                if says_key(statement, key_word(key)) and setting(statement.node)
                if any(is_key(key, k) for k in registrations.keys_set(module, statement, mapping))
            ]
            before = [old for s in setters if (old := batch.pair(module, s).old)]
            if batch.pair(module, setters[-1]).old is not max(before, key=lambda old: old.line):
                cause = Cause(f"it stands elsewhere among those that set {key_word(key)!r}")
                batch.must_run.setdefault(setters[-1], cause)
                batch.enqueue(module, setters[-1])

    def _enqueue(
        self, withdrawn: Withdrawn, shelf: Shelf, key: Any, by: Taken | Passed, only_later: bool
    ) -> None:
        batch, own = self._batch, (withdrawn.module, withdrawn.new)
        for module, statement in self._setters(withdrawn, shelf, key):
            is_later = batch.is_later(own, (module, statement))
            if statement not in batch.ran and (is_later or not only_later):
                words = f"{subject(by)} {'set' if only_later else 'had set'} {key_word(key)!r} too"
                batch.must_run.setdefault(statement, Cause(words, None, None, by))
                self._registrations.displaced.add(statement)
                batch.enqueue(module, statement)

    def _setters(
        self, withdrawn: Withdrawn, shelf: Shelf, key: Any
    ) -> Iterator[tuple[str, Statement]]:
        """The other statements that set a key, as far as their texts tell; but those of files that
        are gone, which a fresh import does not know."""
        batch, word = self._batch, key_word(key)
        gone = batch.plan.departed.gone.texts
        refs = [found.ref for found in withdrawn.worked_on if found.ref and shelf in found.shelves]
        homes = {(batch.before.definition(ref) or (ref.module, None))[0] for ref in refs}
        importing = batch.graph.importing(homes) if word else {}
        for module in [module for module in importing if module not in gone]:
            for statement in batch.statements(module):
                if says_key(statement, word) and statement is not withdrawn.new:
                    old = batch.pair(module, statement).old
                    if old and self._registrations.sets_key(module, old, shelf, key):
                        yield module, statement


def _items(shelf: Shelf) -> _Held:
    return {id(key): (key, value) for key, value in shelf.entries()}


def _has(items: _Held, key: Any) -> bool:
    return id(key) in items or any(
        type(k) is type(key) is str and k == key for k, _ in items.values()
    )
