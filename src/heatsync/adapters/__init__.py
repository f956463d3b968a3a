"""What heatsync has to be told of a library: the protocol of adapters, a file per library."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import CoroutineType, FrameType, FunctionType
from typing import Any, Protocol, cast

__all__ = [
    "METHODS",
    "Adapter",
    "Journal",
    "Renewed",
    "Served",
    "descendants",
    "frames_in_flight",
    "in_flight",
    "instances",
    "loaded",
    "subclasses",
]

# Decorators of Python itself that make a method of a function.
METHODS = frozenset({"cached_property", "classmethod", "functools.cached_property"}) | {
    "property",
    "staticmethod",
}


def loaded(module: str, name: str) -> Any:
    """What a module of a library has under a name; `()` where the program has not imported it.

    So that `isinstance(x, loaded("django.db.models.base", "ModelBase"))` is false there.
    """
    return getattr(sys.modules.get(module), name, ())


# In the dict of a class that was poured into another one, and could not leave its bases.
DISCARDED = "__heatsync_discarded__"


# By id the objects that others became: nobody has them any more.
POURED: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()


def subclasses(cls: type) -> list[type]:
    """The classes that are derived from one, without those that heatsync made only to pour them."""
    derived: list[type] = type.__subclasses__(cls)
    return [one for one in derived if DISCARDED not in one.__dict__]


def descendants(*classes: object) -> list[type]:
    """Some classes, and all that are derived from them, each once; nothing of what is no class."""
    waiting = [cast(type, cls) for cls in classes if issubclass(type(cls), type)]
    found = {id(cls): cls for cls in waiting}
    while waiting:
        derived: list[type] = type.__subclasses__(waiting.pop())
        waiting += [cls for cls in derived if id(cls) not in found]
        found |= {id(cls): cls for cls in derived}
    return list(found.values())


def instances(*classes: object) -> list[Any]:
    """The live instances of some classes written in Python, and of the classes derived from these.

    Nothing leads to them; the heap is looked through, for an object refers to its class. There are
    none of what is no class, as `loaded` gives for what the program has not imported.
    """
    kinds = descendants(*classes)
    ids = set(map(id, kinds))
    found = gc.get_referrers(*kinds) if kinds else []
    # Those that were only made to be poured are garbage that may not be collected yet.
    return [one for one in found if id(type(one)) in ids and POURED.get(id(one)) is not one]


def innermost_frames() -> dict[int, FrameType]:
    """What each thread is in the middle of, by its ident; in this one, what calls who asks.

    A call that has its own frame in a variable is kept, with all that its callers have, until the
    garbage collector comes.
    """
    found = sys._current_frames()
    found[threading.get_ident()] = sys._getframe(2)
    return found


def frames() -> list[FrameType]:
    """What all threads are in the middle of, innermost first."""
    found: list[FrameType] = []
    for innermost in innermost_frames().values():
        frame: FrameType | None = innermost
        while frame is not None:
            found.append(frame)
            frame = frame.f_back
    return found


def frames_in_flight() -> Iterator[FrameType]:
    """What all threads are in the middle of, innermost first, and what waits in the running loop."""
    yield from frames()
    asyncio = sys.modules.get("asyncio")
    loop = asyncio._get_running_loop() if asyncio is not None else None
    for task in asyncio.all_tasks(loop) if asyncio is not None and loop is not None else ():
        waiting = task.get_coro()
        while type(waiting) is CoroutineType and waiting.cr_frame is not None:
            yield waiting.cr_frame
            waiting = waiting.cr_await


def in_flight(*classes: object) -> list[Any]:
    """The instances of some classes that calls in flight have in variables of their own.

    So a server is found that runs, in no time, as nothing but those calls is looked through.
    """
    kinds = tuple(cast(type, cls) for cls in classes if issubclass(type(cls), type))
    looked_at = frames_in_flight() if kinds else ()
    values = [value for frame in looked_at for value in list(frame.f_locals.values())]
    return list({id(value): value for value in values if issubclass(type(value), kinds)}.values())


class Journal(Protocol):
    """Through which an adapter writes to live objects, so that all of it can be taken back.

    A write past it stays when the batch fails.
    """

    def set_attribute(self, target: object, name: str, value: object) -> None:
        """Gives an object an attribute, below any `__setattr__` of its own."""

    def delete_attribute(self, target: object, name: str) -> None:
        """Takes an attribute away, if it is there."""

    def set_item(self, mapping: Any, key: object, value: object) -> None:
        """Puts a value into a dict."""

    def delete_item(self, mapping: Any, key: object) -> None:
        """Takes a key out of a dict, if it is there."""

    def refill(self, container: Any, new: Any) -> None:
        """Gives a dict, list or set the contents of another one."""

    def redirect(self, function: Any, to: Any) -> None:
        """Makes a function pass its calls on to another one, for who cannot be given that."""

    def protect(self, thing: Any) -> None:
        """Remembers what an object holds, one level deep, before code of the library changes it."""

    def on_roll_back(self, words: str, action: Callable[[], object]) -> None:
        """Has something done if the batch fails, in the order opposite to that of the writes.

        `words` name it in the note that tells that it failed.
        """

    def on_commit(self, action: Callable[[], object]) -> None:
        """Has something done once nothing can fail any more, such as forgetting a cache."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """A function or class that is the same object as before, with another text in it.

    `before` is what the namespace of a class held; of a function it is empty. `made` is the new
    function or class that was poured into it, and may still be held by what the library made of
    it; None where only members of a class were set.
    """

    thing: Any
    before: Mapping[str, object]
    made: Any = None


@dataclass(frozen=True, slots=True)
class Served:
    """What a server has of a factory that it called itself, and with what it called that."""

    thing: Any
    factory: Any
    arguments: Sequence[Any] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)


class Adapter:
    """What heatsync asks about a library. Each answer here is the one for a library without adapter.

    One is made for each batch in which its library is loaded, so what it keeps on `self` lasts as
    long as the batch. It is asked about objects and classes of its library, and about those
    derived from them; in `renewed` about any. Writes go through the journal.
    What it raises is told in the notes of the report, and what it had written until then is taken
    back; the reload goes on without it.
    """

    def __init__(
        self, journal: Journal, note: Callable[[str], object], modules: Container[str]
    ) -> None:
        self.journal = journal
        self.note = note  # takes a sentence for the report
        self.modules = modules  # the names of those that are live

    # -------------------------------------------------------------------- registrations

    def reopen(self, target: Any) -> None:
        """A statement is about to register something in `target`, which may have to let it."""

    def withdraw(self, made: Any) -> None:
        """The statement that made this object is going to run again, or is gone."""

    def stands(self, old: Any, new: Any) -> Any:
        """Which of two objects a name is to hold, of which the new one was just made again."""
        return new

    def pours(self, thing: Any) -> bool:
        """Whether `thing`, which a statement is about to make again, is to become what that makes.

        Then those go on with it who were given it: the server that serves an application. It has
        the very `__dict__` of the new one from then on, and takes its place wherever that is held.
        """
        return False

    def poured(self, old: Any, new: Any) -> None:
        """`old` is about to become what `new` is, which may take over what nobody makes again."""

    def served(self) -> Iterable[Served]:
        """What the servers of the library that run have made themselves, so that no statement did.

        Where its factory, or what that calls, came out different, it is called again, and what was
        made becomes what it gives: it is one that `pours`. Asked after each edit, so what takes
        long has no place here; `in_flight` finds a server that runs.
        """
        return ()

    def copies(self, cls: type) -> bool:
        """Whether objects of a class copy the containers that they are given, and have no state.

        They are then made again when those have other contents, as applications are that are
        poured: parts of an application, groups of routes.
        """
        return False

    # -------------------------------------------------------------------------- classes

    def takes_methods(self, cls: type, methods: Mapping[str, Sequence[str]]) -> bool:
        """Whether these methods may be set on a finished class, or taken away.

        Each comes with the dotted names of its decorators, as they stand in the text. Asked where
        a metaclass, a decorator or `__init_subclass__` looks at finished classes, so that else
        the whole class would be run again.
        """
        return False

    def in_place(self, cls: type) -> bool:
        """Whether running the text of a class is to fill this class, instead of making another one.

        Its metaclass and `__init_subclass__` are then told of this class again; `withdraw` was
        before.
        """
        return False

    def refuses(self, cls: type) -> str | None:
        """Why the text of a class cannot be run again; None if it can. The class stays as it is."""
        return None

    # ------------------------------------------------------------------ what else follows

    def renewed(self, renewed: Sequence[Renewed]) -> Iterable[object]:
        """These were renewed: brings along what the library made of them.

        Gives functions, classes and other values of live files that have to be made again.
        """
        return ()

    def patched(self, functions: Sequence[FunctionType]) -> None:
        """These constructors and generators have another body, and are the same functions.

        What they have set up was set up by the body before. Of other functions nothing is told, as
        the next call of these runs the new body.
        """

    def settle(self) -> None:
        """All statements have run: the last chance to bring something along."""
