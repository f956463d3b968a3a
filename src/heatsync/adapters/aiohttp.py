"""aiohttp: applications serve on when their line is edited, and take in routes while they serve."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, MutableSequence
from functools import cached_property
from typing import Any

from heatsync import adapters
from heatsync.adapters import Journal, Served, frames_in_flight, instances, loaded
from heatsync.adapters._started import Started

_APP = "aiohttp.web_app"
_ROUTES = "aiohttp.web_urldispatcher"
_SIGNALS = ("_on_response_prepare", "_on_startup", "_on_shutdown", "_on_cleanup")
_LISTS = ("_middlewares", "_cleanup_ctx", *_SIGNALS)


class Adapter(adapters.Adapter):
    """An application is frozen when it serves, or is a part of another one that does.

    What has to take in something is opened, and closed again when all has run. What is a part of
    another one has that one's prefix in its paths: without it until then, as it is when a program
    begins.
    """

    def pours(self, thing: Any) -> bool:
        return isinstance(thing, loaded(_APP, "Application"))

    def poured(self, old: Any, new: Any) -> None:
        """What its start has put into it is not put there again, and is still to be cleaned up."""
        self._started.goes_on(old._state, new._state)
        self.journal.set_attribute(new, "_state", old._state)
        self.journal.set_attribute(new, "_loop", old._loop)
        exits = self._exits[id(old)][0] if id(old) in self._exits else old._cleanup_ctx._exits
        self.journal.set_attribute(new._cleanup_ctx, "_exits", exits)
        if new._debug is ...:
            self.journal.set_attribute(new, "_debug", old._debug)

    def served(self) -> Iterator[Served]:
        """What `python -m aiohttp.web` has of a factory."""
        main = getattr(loaded("aiohttp.web", "main"), "__code__", None)
        for frame in frames_in_flight() if main is not None else ():
            if frame.f_code is main and "app" in frame.f_locals:
                local = frame.f_locals
                yield Served(local["app"], local["func"], [local["extra_argv"]])

    def withdraw(self, made: Any) -> None:
        """What it is made of may have to become a part of the one that takes its place."""
        if self.pours(made):
            self.reopen(made)

    def reopen(self, target: Any) -> None:
        if not self.pours(target) or id(target) in self._reopened:
            return
        self._reopened[id(target)] = target
        self._open(target)
        for part, around in self._parts:
            if around is target or part._app is target:
                self._take_apart(part, around)

    # ------------------------------------------------------------------- kept on the way

    @cached_property
    def _started(self) -> Started:
        return Started(self.journal)

    @cached_property
    def _reopened(self) -> dict[int, Any]:
        """The applications of which parts were taken out, and that were taken out of others."""
        return {}

    @cached_property
    def _opened(self) -> dict[int, tuple[Any, dict[str, Any], bool]]:
        """Applications that were frozen, by id, with their lists that are, and whether they serve."""
        return {}

    @cached_property
    def _exits(self) -> dict[int, tuple[list[Any], list[Any]]]:
        """What applications have entered, by their id: nobody's registrations, though it looks so."""
        return {}

    @cached_property
    def _apart(self) -> dict[int, tuple[Any, Any, str]]:
        """By id the parts of applications that have none of their prefixes, and their own one."""
        return {}

    @cached_property
    def _parts(self) -> list[tuple[Any, Any]]:
        """All applications that are parts of others, by the resource that stands for them there.

        Each is a part of one: what a batch that failed has made of it may not be collected yet.
        """
        kind = loaded(_ROUTES, "PrefixedSubAppResource")
        apps = instances(loaded(_APP, "Application"))
        apps.sort(key=lambda app: app._frozen)  # one that serves has the last word
        found = {
            id(resource._app): (resource, app)
            for app in apps
            for resource in app._router._resources
            if isinstance(resource, kind)
        }
        return [*found.values()]

    # ------------------------------------------------------------------------ open, close

    def _open(self, app: Any) -> None:
        if id(app) in self._opened or not (app._frozen or app._pre_frozen):
            return
        self._opened[id(app)] = app, {name: getattr(app, name) for name in _LISTS}, app._frozen
        self._exits[id(app)] = app._cleanup_ctx._exits, [*app._cleanup_ctx._exits]
        self.journal.protect(app)
        for name in _LISTS:
            self.journal.set_attribute(app, name, _opened(getattr(app, name), self.journal))
        for frozen in (app, app._router):
            self.journal.set_attribute(frozen, "_frozen", False)
        self.journal.set_attribute(app, "_pre_frozen", False)

    def _take_apart(self, part: Any, around: Any) -> None:
        if id(part) in self._apart:
            return
        outer = [one._prefix for one, _ in self._parts if one._app is around]
        whole = [prefix for prefix in outer if part._prefix.startswith(prefix)]
        own = part._prefix.removeprefix(max(whole, key=len, default=""))
        self._apart[id(part)] = part, around, own
        self.reopen(around)
        self._open(part._app)
        if part._prefix:
            self._move(part, f"-{part._prefix}")

    def _put_together(self, part: Any, around: Any, own: str) -> None:
        """What is still a part has the prefix of what is around it by now, but not its own."""
        if own and any(part is one for one in around._router._resources):
            if outer := part._prefix.removesuffix(own):
                self._move(part, f"-{outer}")
            self._move(part, part._prefix)

    def settle(self) -> None:
        self._started.settle()
        for part, around, own in reversed(self._apart.values()):
            self._put_together(part, around, own)
        self._close()
        if self._opened:
            forget = loaded(_APP, "_cached_build_middleware").cache_clear
            self.journal.on_commit(forget)
            self.journal.on_roll_back("what aiohttp knows of its handlers", forget)

    def _close(self) -> None:
        for app, lists, _ in self._opened.values():
            for name, frozen in lists.items():
                if isinstance(getattr(app, name), _Open):  # else it was poured, and has its own
                    self.journal.set_attribute(app, name, frozen)
            self.journal.set_attribute(app, "_pre_frozen", False)
        for exits, entered in self._exits.values():
            self.journal.refill(exits, entered)
        for app, _, serves in self._opened.values():
            (app.freeze if serves else app.pre_freeze)()

    # ---------------------------------------------------------------------------- prefixes

    def _move(self, part: Any, prefix: str) -> None:
        """Puts a prefix in front of all paths of a part, or takes it away where it begins with `-`."""
        router = part._app._router
        self.journal.protect(router._resource_index)
        for among in router._resource_index.values():
            self.journal.protect(among)
        for resource in router._resources:
            router.unindex_resource(resource)
            self._set_prefix(resource, prefix)
            if isinstance(resource, loaded(_ROUTES, "PrefixedSubAppResource")):
                self._move(resource, prefix)
            router.index_resource(resource)

    def _set_prefix(self, resource: Any, prefix: str) -> None:
        for name in ("_path", "_formatter", "_prefix", "_prefix2"):
            text = getattr(resource, name, None)
            if text is not None:
                self.journal.set_attribute(resource, name, _prefixed(text, prefix))
        if (pattern := getattr(resource, "_pattern", None)) is not None:
            text, sign = re.escape(prefix.removeprefix("-")), prefix[:1].replace("/", "")
            moved = re.compile(_prefixed(pattern.pattern, sign + text))
            self.journal.set_attribute(resource, "_pattern", moved)


def _prefixed(text: str, prefix: str) -> str:
    return text.removeprefix(prefix[1:]) if prefix.startswith("-") else prefix + text


class _Open(MutableSequence[Any]):
    """Takes the place of a frozen list for a while, and writes to the very list inside of it."""

    def __init__(self, items: list[Any]) -> None:
        self._items = items
        self.frozen = False

    def freeze(self) -> None:
        self.frozen = True

    def __getitem__(self, index: Any) -> Any:
        return self._items[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        self._items[index] = value

    def __delitem__(self, index: Any) -> None:
        del self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def insert(self, index: int, value: Any) -> None:
        self._items.insert(index, value)

    def __call__(self, function: Any) -> Any:
        self.append(function)
        return function

    async def send(self, *arguments: Any, **words: Any) -> None:
        """Those that became parts of others meanwhile have this one as their signal."""
        for receiver in self._items:
            await receiver(*arguments, **words)


def _opened(frozen: Any, journal: Journal) -> _Open:
    (items,) = (inner for inner in gc.get_referents(frozen) if type(inner) is list)
    journal.protect(items)
    return _Open(items)
