"""A new function, class or container poured into the old one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any, NamedTuple

from heatsync._engine.objects import classes
from heatsync._engine.objects.fields import NewFields
from heatsync._engine.objects.functions import cell_contents
from heatsync._engine.objects.handover import hand_over
from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.memory import CONTAINERS, MISSING, function_attributes
from heatsync._engine.objects.redirection import is_held, redirect, redirect_within
from heatsync._engine.objects.sameness import leads_elsewhere, same
from heatsync._engine.objects.unbound import bound_anew, method_of
from heatsync._engine.objects.wrappers import exchange_within, is_wrapper, wrapped_in
from heatsync._engine.texts.graph import Grade
from heatsync._engine.texts.kinds import METHODS, class_dict, home_of
from heatsync.adapters import Renewed

_NOTHING = classes.Kept()


def _new(old: object, new: object) -> object:
    return new


def _never(old: object, new: object) -> bool:
    return False


class Wrapped(NamedTuple):
    """A function that was kept and got wrapped, and what is inside of the wrapper now."""

    kept: FunctionType
    inner: FunctionType


class Merger:
    """Pours new objects into old ones. Knows which old ones it gave new contents."""

    def __init__(
        self,
        journal: Journal,
        notes: list[str],
        stands: Callable[[Any, Any], Any] = _new,
        becomes: Callable[[Any, Any], bool] = _never,
    ) -> None:
        self.journal = journal
        self.notes = notes  # takes what could not follow, as sentences
        self._stands_of = stands  # which of two objects of a library a name is to hold
        self._becomes = becomes  # whether an old one was made what a new one is
        self._became: dict[int, object] = {}
        self._fresh: list[Renewed] = []
        self._before: dict[int, Mapping[str, object]] = {}
        self.moves: set[tuple[str, str]] = (
            set()
        )  # modules that definitions left, and their new ones
        self.replaced: list[tuple[object, object]] = []  # each with what took its place
        self.fields = NewFields(journal)
        self._handed_over: dict[int, int] = {}  # those without instances now, and what has them
        self.renewed_things: dict[int, object] = {}
        self._refilled: dict[int, object] = {}
        self._forwarded: dict[int, FunctionType] = {}  # by id of the old one
        self._wrapped: list[Wrapped] = []
        self._left_inside: list[tuple[Wrapped, list[Any], list[Any]]] = []
        self._discarded: dict[int, tuple[object, object]] = {}  # what was poured, and into what
        self._poured: list[tuple[object, object]] = []  # the classes among these
        self._made: list[tuple[object, object]] = []  # the wrappers, which others may have seen
        self._came: list[Any] = []  # what may hold these
        self._came_into: list[Any] = []
        self._registries: list[Any] = []
        self.new: dict[int, FunctionType] = {}  # functions that stand beside what there was
        # Functions that were methods, and what they are now.
        self._unbound: list[tuple[FunctionType, object]] = []
        self._pouring: dict[int, Any] = {}  # by the id of a new class or wrapper, what becomes it

    def stands_beside(self, new: FunctionType) -> FunctionType:
        """Takes note of a function that this batch has made and that continues no other one."""
        self.new[id(new)] = new
        return new

    def kept_for(self, thing: Any) -> Any:
        """The kept object that a discarded one was poured into; any other thing is itself."""
        entry = self._discarded.get(id(thing))
        return entry[1] if entry else thing

    def redirect(self) -> None:
        """Has those who hold what gave way hold what took its place. It cannot be taken back."""
        poured = self._discarded.values()
        self._poured += [pair for pair in poured if issubclass(type(pair[0]), type)]
        for ours in (
            self._discarded,
            self.renewed_things,
            self._forwarded,
            self._before,
            self._fresh,
            self.new,
        ):
            ours.clear()  # what they hold nobody else may
        for pair in filter(is_held, self._made):
            beyond = [pair[1], *self._registries]
            redirect_within(self._came, beyond, pair, self.notes, self._came_into)
            redirect_within([pair[1]], self._registries, pair, self.notes)
        for noted in (self._made, self._came, self._came_into, self._registries):
            noted.clear()
        self.replaced += bound_anew(self._unbound)
        self._unbound.clear()
        redirect(self.replaced, self._poured, self.notes)
        for (kept, inner), things, beyond in self._left_inside:
            redirect_within(things, [kept, *beyond], (kept, inner), self.notes)

    def renewing(self, cls: type) -> None:
        """Remembers what is in a class that is about to be renewed."""
        self._before.setdefault(id(cls), dict(class_dict(cls)))

    def renewed(self, thing: Any, made: Any = None) -> None:
        """A function or class was given another text: that of a new one, or of single members."""
        self.renewed_things[id(thing)] = thing
        self._fresh.append(Renewed(thing, self._before.get(id(thing), {}), made))

    def take_renewed(self) -> list[Renewed]:
        """What was renewed since this was asked last."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def take_wrapped(self) -> list[Wrapped]:
        """The functions that got wrapped since this was asked last."""
        wrapped, self._wrapped = self._wrapped, []
        return wrapped

    def unwrap_inside(self, wrapped: Wrapped, things: list[Any], beyond: list[Any]) -> None:
        """What decorators below a wrapper made has what these were given; not what is `beyond`."""
        self._left_inside.append((wrapped, things, beyond))

    def note_came(self, entries: list[Any], holder: Any, registries: list[Any]) -> None:
        """What came into a container may hold a wrapper that was poured when it had its name."""
        if self._made:
            self._came += entries
            self._came_into.append(holder)
            self._registries += registries

    def merge(self, old: Any, new: Any) -> tuple[Any, Grade]:
        """What should stand where `old` stood now that `new` was made, and how it differs."""
        if old is new or self.kept_for(new) is old:  # it may stand under two names
            return old, self._given(old)
        if old is MISSING or new is MISSING:
            return new, Grade.REBOUND
        if same(old, new) and not leads_elsewhere(old, new):
            return self._leave(old, new)
        classes_both = issubclass(type(old), type) and issubclass(type(new), type)
        if type(old) is not type(new) and not classes_both:
            return self._succeed(old, new)
        if self._forwarded.get(id(old)) is new:
            return new, Grade.REBOUND
        if type(old) is FunctionType and id(old) in self.renewed_things:
            if id(new) in self.renewed_things:  # another one that a loop made
                return new, Grade.REBOUND
            self._give_way(old, new)
            return new, Grade.REBOUND
        if type(old) in CONTAINERS:
            return self._refill(old, new)
        if self._pour(old, new):
            self._note_poured(old, new)
            return old, Grade.RENEWED
        return self._choose(old, new)

    def _leave(self, old: Any, new: Any) -> tuple[Any, Grade]:
        """The old one is as good; who got the new one meanwhile is to have that."""
        if type(new) in CONTAINERS:
            self._discarded[id(new)] = (new, old)
        return old, Grade.SAME

    def _note_poured(self, old: Any, new: Any) -> None:
        """A wrapper was poured; what a statement itself defines is before anybody sees it."""
        if type(new) is FunctionType:
            self._made.append((new, old))

    def _choose(self, old: Any, new: Any) -> tuple[Any, Grade]:
        """Of two objects that nothing can be poured into: only their library knows."""
        is_definition = type(new) is FunctionType or issubclass(type(new), type)
        if not is_definition and self._becomes(old, new):
            self._became[id(old)] = old
            self._discarded[id(new)] = (new, old)
            return old, Grade.POURED
        if not is_definition and self._stands_of(old, new) is old:
            self._discarded[id(new)] = (new, old)
            return old, Grade.SAME
        return self._succeed(old, new)

    def _succeed(self, old: Any, new: Any) -> tuple[Any, Grade]:
        """The new object stands. Who holds what decorators had made of it is to hold that."""
        if id(old) not in self._forwarded and self._wrap_the_same(old, new):
            self.replaced.append((old, new))
        if method := method_of(old, new):
            self._unbound.append((method, new))
        return new, self.grade_of_another(old, new)

    def _wrap_the_same(self, old: Any, new: Any) -> bool:
        """Whether both are what decorators made of one function, or of what took its place."""
        if not is_wrapper(old) or not is_wrapper(new):
            return False
        kept = {id(self._forwarded.get(id(one), one)) for one in wrapped_in(old) if one is not old}
        return any(id(one) in kept and self._stands_anew(one) for one in wrapped_in(new))

    def _stands_anew(self, function: FunctionType) -> bool:
        """Whether a function is one of those that this batch made or renewed."""
        return id(function) in self.renewed_things or function in self._forwarded.values()

    def _given(self, kept: object) -> Grade:
        """How an object differs that is still the same one."""
        if id(kept) in self._refilled:
            return Grade.REFILLED
        if id(kept) in self._became:
            return Grade.POURED
        return Grade.RENEWED if id(kept) in self.renewed_things else Grade.SAME

    def _refill(self, old: Any, new: Any) -> tuple[Any, Grade]:
        if getattr(old, "maxlen", None) != getattr(new, "maxlen", None):
            return new, Grade.REBOUND  # a deque keeps the length that it was made with
        self._refilled[id(old)] = old
        self._discarded[id(new)] = (new, old)
        self.journal.refill(old, new)
        return old, Grade.REFILLED

    def grade_of_another(self, old: object, new: object) -> Grade:
        """How a name differs that holds another object now."""
        return Grade.REPLACED if self._handed_over.get(id(old)) == id(new) else Grade.REBOUND

    def _pour(self, old: Any, new: Any) -> bool:
        kind = type(old)
        if kind is FunctionType:
            return self._continues(old, new) and self.pour_function(old, new)
        if issubclass(kind, type):
            if not self._continues(old, new):
                return False
            return self.pour_class(old, new) or self._replace(old, new)
        if kind in METHODS:
            return self._pour_parts(old, new, ("__func__",))
        if kind is property:
            return old.__doc__ == new.__doc__ and self._pour_parts(
                old, new, ("fget", "fset", "fdel")
            )
        if kind is functools.cached_property:
            return self._pour_parts(old, new, ("func",))
        if kind is functools.singledispatchmethod:
            return self._pour_parts(old, new, ("func", "dispatcher"))
        return False

    def _replace(self, old: type, new: type) -> bool:
        """Where a class cannot take in its new version, all that holds it gets that instead."""
        left = hand_over(self.journal, old, new, self.replaced)
        self.notes.extend(left.notes)
        self.replaced.append((old, new))
        if left.can_be_new:
            self._handed_over[id(old)] = id(new)
        return False

    def _pour_parts(self, old: Any, new: Any, parts: tuple[str, ...]) -> bool:
        pairs = [(getattr(old, part), getattr(new, part)) for part in parts]
        if not all(before is after or self._pour_part(before, after) for before, after in pairs):
            return False
        self._discarded[id(new)] = (new, old)
        return True

    def _pour_part(self, old: Any, new: Any) -> bool:
        return type(old) is type(new) and self._pour(old, new)

    def _continues(self, old: Any, new: Any) -> bool:
        """Whether both come from the same definition: else one is an alias of something else."""
        homes = home_of(old), home_of(new)
        is_home = homes[0] == homes[1] or homes in self.moves
        # A lambda has no name of its own: `f = lambda: 0` may go on as `def f()`, and back.
        names = {old.__qualname__, new.__qualname__}
        if is_home and (len(names) == 1 or "<lambda>" in names):
            return True
        return type(old) is FunctionType and self._wrap_the_same(old, new)

    def pour_function(self, old: FunctionType, new: FunctionType) -> bool:
        """Makes an old function do what a new one does; False where that cannot be.

        It cannot where its closure has other names, and where it reads the names of another
        module: neither can be changed. Then the new one takes its place wherever it is held; for
        calls in progress and bound tables of C, the old one passes its calls on.
        """
        self.renewed(old, new)
        fits = old.__globals__ is new.__globals__ and id(new) not in self.renewed_things
        if not fits or old.__code__.co_freevars != new.__code__.co_freevars:
            self._forward(old, new)
            self.replaced.append((old, new))
            return False
        self._pour_closure(old, new)
        kept = {"__annotations__"} if self._annotate(old, new) else set[str]()
        names = [name for name in function_attributes(old) if name not in kept]
        self.journal.swap((old, name, self.kept_for(getattr(new, name))) for name in names)
        attributes = {name: self.kept_for(value) for name, value in new.__dict__.items()}
        self.journal.refill(old.__dict__, attributes)
        self._discarded[id(new)] = (new, old)
        return True

    def _annotate(self, old: FunctionType, new: FunctionType) -> bool:
        """Wrappers have the very dict of annotations of what they wrap: it stays that one."""
        ours, theirs = own_annotations(old), own_annotations(new)
        if ours is None or theirs is None:
            return False
        self.journal.refill(ours, theirs)
        self._discarded[id(theirs)] = theirs, ours
        return True

    def _pour_closure(self, old: FunctionType, new: FunctionType) -> None:
        self._pouring[id(new)] = old
        cells = zip(old.__closure__ or (), new.__closure__ or (), strict=True)
        for name, (ours, theirs) in zip(old.__code__.co_freevars, cells, strict=True):
            if name != "__class__":  # which stays the kept class
                self._pour_cell(ours, theirs)
        del self._pouring[id(new)]

    def _pour_cell(self, ours: Any, theirs: Any) -> None:
        before, made = cell_contents(ours), cell_contents(theirs)
        after = self.kept_for(self._pouring.get(id(made), made))
        if after is not made:  # a wrapper may name itself, and so may others that it leads to
            self.journal.set_cell(theirs, after)
        if before is after:
            return
        # One that has its new text already is what the decorators were given, and may be in there.
        is_open = type(before) is FunctionType and id(before) not in self.renewed_things
        value = before if is_open and self._pour_part(before, after) else after
        if value is not before:
            self.journal.set_cell(ours, value)

    def _give_way(self, old: FunctionType, new: FunctionType) -> None:
        """A function that was kept got wrapped: who holds it is to see the wrapper.

        What the wrapper wraps becomes a function of its own, and the kept one calls the wrapper;
        but where a part in C holds the kept one, as `functools.cache` does, it stays what it is.
        """
        inner = FunctionType(
            old.__code__, old.__globals__, old.__name__, old.__defaults__, old.__closure__
        )
        for name in function_attributes(old):
            setattr(inner, name, getattr(old, name))
        inner.__kwdefaults__ = old.__kwdefaults__
        inner.__dict__.update(old.__dict__)
        if not exchange_within(self.journal, new, old, inner):
            return  # it would call the wrapper, and that it, for ever
        self._forward(old, new)
        self._wrapped.append(Wrapped(old, inner))

    def _forward(self, old: FunctionType, new: FunctionType) -> None:
        self._forwarded[id(old)] = new
        self.journal.redirect(old, new)
        self.journal.set_attribute(old, "__wrapped__", new)

    def pour_class(self, old: type, new: type, kept: classes.Kept = _NOTHING) -> bool:
        """Makes an old class what a new one is; False where its layout forbids it.

        The members that are `kept` go on holding what they hold.
        """
        self.fields.remember(old)
        self.renewing(old)
        self._pouring[id(new)] = old
        try:
            if not classes.pour(self.journal, self._stands, old, new, kept, self.replaced):
                return False
        finally:
            del self._pouring[id(new)]
        self.renewed(old, new)
        self._discarded[id(new)] = (new, old)
        return True

    def fill_class(
        self, cls: type, bases: tuple[type, ...], block: dict[str, Any], kept: classes.Kept
    ) -> None:
        """Makes a class what its block made anew; no other class was made."""
        self.renewing(cls)
        classes.fill(self.journal, self._stands, cls, bases, block, kept)
        self.renewed(cls)

    def _stands(self, old: Any, new: Any) -> Any:
        return self.merge(old, new)[0]


def own_annotations(function: FunctionType) -> dict[str, Any] | None:
    """The dict of annotations that is a function's own, where Python has one at once."""
    if hasattr(function, "__annotate__"):
        return None
    wrapped = function.__dict__.get("__wrapped__")
    shares = type(wrapped) is FunctionType and wrapped.__annotations__ is function.__annotations__
    return None if shares else function.__annotations__
