"""Every write to the live process, and how to take it back."""

from __future__ import annotations

import functools
import gc
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

from heatsync._engine.objects.functions import forwarder, forwarder_by_name
from heatsync._engine.objects.memory import (
    MISSING,
    contents,
    in_cell,
    memories,
    own_attribute,
    put_attribute,
    put_cell,
    put_item,
    refill,
    restore,
    restore_modules,
    set_all,
)
from heatsync._resident.brief import told_error
from heatsync._resident.owned import LeftError


class Journal:
    """Writes to the live process, remembering how each write is undone.

    It is remembered before it is done, and undoing does nothing where nothing was done: a write
    may be refused, or interrupted half-way.
    """

    def __init__(self) -> None:
        self._undo: list[tuple[Callable[..., object], tuple[Any, ...]]] = []
        self._protected: dict[int, int] = {}  # by id, where in the list of undos its memory begins
        self._then: list[Callable[[], object]] = []
        self.is_kept = False
        self.kept = 0, 0  # how much could be taken back then, and how much follows

    @property
    def size(self) -> int:
        """How much can be taken back."""
        return len(self._undo)

    # ----------------------------------------------------------------- the outcome

    def roll_back(self) -> list[str]:
        """Undoes everything, last write first; gives what could not be undone, as sentences."""
        left = self._undo_to(0)
        self._then.clear()
        return left

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Takes back what is done inside, and nothing else, if that raises."""
        begin, then = len(self._undo), len(self._then)
        try:
            yield
        except BaseException as error:
            for note in self._undo_to(begin):
                error.add_note(f"heatsync: {note}")
            del self._then[then:]
            for key in [key for key, place in self._protected.items() if place >= begin]:
                del self._protected[key]
            raise

    def _undo_to(self, begin: int) -> list[str]:
        left = []
        while len(self._undo) > begin:
            undo, arguments = self._undo.pop()
            try:
                undo(*arguments)
            except LeftError as told:
                left.append(str(told))
            except BaseException as error:  # its own code refused: the others still go back
                left.append(f"{_told(arguments)} could not be put back: {told_error(error)}")
        return left

    def keep(self) -> None:
        """The one moment between all that would be taken back, and all that is done for good."""
        self.is_kept = True
        self.kept = len(self._undo), len(self._then)

    def commit(self) -> list[str]:
        """Does what could not have been undone; gives what of it failed, as sentences.

        Where it was interrupted, it goes on when it is called again.
        """
        self._undo.clear()
        left = []
        while self._then:
            try:
                try:
                    self._then[0]()
                except (MemoryError, KeyboardInterrupt):  # that may have left it undone
                    self._then[0]()
            except BaseException as error:  # too late to take anything back: the others follow
                what = told_error(error)
                left.append(f"the change is live, but a clean-up after it failed: {what}")
            del self._then[0]
        return left

    def on_commit(self, action: Callable[[], object]) -> None:
        """Has something done when nothing is taken back any more. It may be done twice."""
        self._then.append(action)

    def on_roll_back(self, words: str, action: Callable[[], object]) -> None:
        """Has something done that takes back what is not written; `words` name it."""
        self._undo.append((_do, (words, action)))

    # ---------------------------------------------------------- attributes and items

    def set_attribute(self, target: object, name: str, value: object) -> None:
        self._undo.append((put_attribute, (target, name, own_attribute(target, name))))
        put_attribute(target, name, value)

    def delete_attribute(self, target: object, name: str) -> None:
        self.set_attribute(target, name, MISSING)

    def set_item(self, mapping: MutableMapping[Any, Any], key: object, value: object) -> None:
        self.protect_item(mapping, key)
        mapping[key] = value

    def delete_item(self, mapping: MutableMapping[Any, Any], key: object) -> None:
        if key in mapping:
            # Its place among the other keys comes back too.
            self._undo.append((restore, (mapping, list(mapping.items()))))
            del mapping[key]

    def set_cell(self, cell: CellType, value: object) -> None:
        self._undo.append((put_cell, (cell, in_cell(cell))))
        cell.cell_contents = value

    # ---------------------------------------------------------------------- functions

    def swap(self, writes: Iterable[tuple[FunctionType, str, object]]) -> None:
        """Sets attributes of functions, all of them before any other thread runs Python.

        One call into C does it: the interpreter lets other threads in only between
        instructions of Python code, so no call sees one function new and another one old.
        """
        batch = list(writes)
        if not batch:
            return
        functions, names, _ = zip(*batch, strict=True)  # of which there may be thousands
        before = list(zip(functions, names, map(getattr, functions, names), strict=True))
        self._undo.append((set_all, (before[::-1],)))
        set_all(batch)

    def redirect(self, function: FunctionType, to: FunctionType) -> None:
        """Makes a function pass its calls on to another one."""
        self._give_code(function, forwarder(function.__code__, to))

    def redirect_by_name(
        self, function: FunctionType, namespace: dict[str, Any], name: str
    ) -> None:
        """The same, to whatever a module has under a name at the time."""
        self.delete_item(function.__dict__, "__wrapped__")
        self._give_code(function, forwarder_by_name(function, namespace, name))

    def _give_code(self, function: FunctionType, code: CodeType) -> None:
        nothing = (("__defaults__", None), ("__kwdefaults__", None))
        self.swap((function, name, value) for name, value in (("__code__", code), *nothing))

    def call(
        self,
        opposite: Callable[..., object],
        undone: Iterable[object],
        again: Callable[..., object],
        arguments: Iterable[object],
        words: Mapping[str, object],
    ) -> None:
        """Undoes a call by the opposite one; to take that back, the first is made again.

        Before that, what such calls have done meanwhile is undone in the same way.
        """
        arguments_undone = tuple(undone)
        self._undo.append((functools.partial(again, *arguments, **words), ()))
        self._undo.append((opposite, arguments_undone))
        opposite(*arguments_undone)

    # --------------------------------------------------------------------- containers

    def refill(self, container: Any, new: Any) -> None:
        """Gives a container the contents of another one of its type."""
        self.protect(container)
        refill(container, contents(new))
        if isinstance(container, OrderedDict) or not hasattr(new, "default_factory"):
            return
        self.set_attribute(container, "default_factory", new.default_factory)

    def clear_cache(self, cache: Any) -> None:
        """Empties a `functools.cache`. Of one that is bounded nothing tells what was in it."""
        if cache.cache_parameters()["maxsize"] is None:
            for held in gc.get_referents(cache):
                if type(held) is dict and held is not cache.__dict__:
                    self.protect(held)
        cache.cache_clear()

    # --------------------------------------------------------- what others may write to

    def protect(self, thing: Any) -> None:
        """Remembers what code about to run may change in an object, one level deep.

        What a container holds; the attributes of a class, function or any other object.
        """
        if id(thing) not in self._protected:
            self._protected[id(thing)] = len(self._undo)
            self._undo.extend(memories(thing))

    def protect_item(self, mapping: MutableMapping[Any, Any], key: object) -> None:
        """Remembers what a mapping holds under one key, where the rest is not ours to put back."""
        self._undo.append((put_item, (mapping, key, mapping.get(key, MISSING))))

    def protect_modules(self) -> None:
        """Remembers which modules are imported: those that code about to run imports go again."""
        self._undo.append((restore_modules, (sys.modules.copy(),)))


def _do(words: str, action: Callable[[], object]) -> None:
    action()


def _told(arguments: tuple[object, ...]) -> str:
    """What was to be put back, as a report names it, without asking it."""
    thing = arguments[0] if arguments else None
    if type(thing) is str:
        return thing
    if not arguments:
        return "a call"
    if issubclass(type(thing), type | FunctionType | ModuleType):
        return f"{type(thing).__name__} {getattr(thing, '__name__', '')}"
    return f"a {type(thing).__name__}"
