"""Lives through a story, and compares after each edit with a process that imports anew."""

from __future__ import annotations

import abc
import enum
import importlib
import linecache
import os
import re
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from heatsync import Heatsync, Report
from heatsync._engine.texts.taken import Action
from oracle.closure import Key, may_run
from oracle.describe import RUNTIME, behave, describe, is_state
from oracle.edits import Story
from oracle.fresh import FreshProcess, ignore_warnings
from oracle.model import PACKAGE, Program
from oracle.tracing import executed, keys_at

# What keeps its identity, or follows if its layout forbids that; other objects are just rebound.
HELD = (FunctionType, type, abc.ABCMeta, enum.EnumMeta, dict, list, set)
# A name for another one's object or for its wrapper, which follows that and not the statement.
ALIAS = re.compile(r"^\w+ = [\w.]+\d$|^\w+ = (?:\w+\.)*w\d+\(", re.MULTILINE)
# An instance made before lacks the field that its dataclass has now: `__init__` is not run again.
LACKS = re.compile(r"\"?AttributeError: 'D\d+' object has no attribute 'd\w'")
# What the `__init__` of an enum set before stays: nothing tells it from what the program set.
STAYS = re.compile(r".*:E\d+\.[A-Z]+\.[a-z]\w*$")
Held = dict[tuple[str, str], tuple[Key, Any]]


@dataclass
class Counts:
    """What a run of the oracle came to."""

    stories: int = 0
    edits: int = 0
    refused: int = 0
    unnoticed: int = 0
    kinds: dict[str, int] = field(default_factory=dict)


class Different(AssertionError):
    """The live process is not as it should be."""


class Unnoticed(Different):
    """The live process applied what a fresh one could not import."""


def live_through(
    story: Story,
    root: str,
    fresh: FreshProcess,
    counts: Counts,
    tell: Callable[[object], None] | None = None,
) -> None:
    """Raises `Different` with the files before and after where the promise is not kept.

    `tell` is told what each edit is, and what came of it.
    """
    program = story.programs[0]
    _write(root, {}, program.texts)
    if isinstance(fresh.ask(root, list(program.files), program.unordered), str):
        return  # not importable from the start: there is nothing to keep live
    counts.stories += 1
    with _living(root) as life:
        life.begin(program, fresh)
        for after, names in zip(story.programs[1:], story.edits, strict=True):
            counts.edits += 1
            before, texts = life.program, life.texts
            if tell:
                tell(_changes(texts, after.texts))
            try:
                counts.refused += not life.step(after, fresh)
            except Unnoticed:
                counts.unnoticed += 1
                return
            except Different as raised:
                said = f"{raised}\n\nedits: {', '.join(names)}\n{_changes(texts, after.texts)}"
                raise Different(said) from None
            except Exception as raised:
                raised.add_note(_changes(before.texts, after.texts))
                raise
            if tell and life.sync.history:
                tell(life.sync.history[-1])


@contextmanager
def _living(root: str) -> Iterator[_Life]:
    """A Heatsync without a watcher, and a path to the files; both gone afterwards."""
    sync = Heatsync(watch=False)
    sys.path.insert(0, root)
    try:
        sync.track(root)
        with warnings.catch_warnings():
            ignore_warnings()
            yield _Life(root, sync)
    finally:
        sys.path.remove(root)
        sync.dispose()
        for name in [n for n, m in sys.modules.items() if _is_below(root, m)]:
            del sys.modules[name]
        sys.path_importer_cache.pop(root, None)
        linecache.clearcache()


def _is_below(root: str, module: ModuleType) -> bool:
    return (getattr(module, "__file__", None) or "").startswith(root)


def _write(root: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Makes the files those of another program."""
    for path in before.keys() - after.keys():
        os.unlink(os.path.join(root, path))
    for path, text in after.items():
        if before.get(path) != text:
            whole = os.path.join(root, path)
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            with open(whole, "w", encoding="utf-8") as opened:
                opened.write(text)


class _Life:
    """The live process through one story."""

    def __init__(self, root: str, sync: Heatsync) -> None:
        self.root = root
        self.sync = sync
        self.program = Program({})  # the one that is live
        self.texts: Mapping[str, str] = {}  # what is in the files
        self.held: Held = {}
        self.current: dict[tuple[str, str], Any] = {}

    # --------------------------------------------------------------------- one edit

    def begin(self, program: Program, fresh: FreshProcess) -> None:
        for module in program.files:
            importlib.import_module(module)
        self.program, self.texts = program, program.texts
        self._compare(fresh.ask(self.root, list(program.files), program.unordered), "at the start")
        self._use_at_run_time()

    def step(self, program: Program, fresh: FreshProcess) -> bool:
        """Applies the next program; tells whether it could be imported at all."""
        _write(self.root, self.texts, program.texts)
        self.texts = program.texts
        expected = fresh.ask(self.root, list(program.files), program.unordered)
        before = self._seen(), self._state_texts()
        with executed(self.root) as lines:
            report = self.sync.refresh()
        if isinstance(expected, str):
            return self._refused(report, before, expected)
        if report is not None and report.error is not None:
            raise Different(f"refused: {report.error!r}") from report.error
        ran = set(keys_at(lines, self.root, program))
        self._check_runs(report, ran, program)
        old, self.program = self.program, program
        for module in program.files:
            importlib.import_module(module)
        self._compare(expected, str(report))
        self._check_state(before[1], ran, old)
        self._check_held(old, ran)
        self._use_at_run_time()
        return True

    def _refused(
        self, report: Report | None, before: tuple[dict[str, str], dict[str, str]], why: str
    ) -> bool:
        """A program that cannot be imported must leave everything as it was.

        Where only an untouched statement would fail now, as its import stands elsewhere, or
        where a module that is live is gone, the live process need not notice.
        """
        if report is None or report.error is None:
            raise Unnoticed(f"not refused: {report}\nthe fresh process says:\n{why[-600:]}")
        _same(self._seen(), before[0], "after a refused edit")
        for module, name, value in self._values():
            if type(value) in HELD and self.current.get((module, name), value) is not value:
                raise Different(f"{module}:{name} is another object after a refused edit")
        if self._state_texts() != before[1]:
            raise Different(f"state {self._state_texts()}, but {before[1]} before a refused edit")
        return False

    # --------------------------------------------------------------------- the checks

    def _modules(self) -> dict[str, ModuleType]:
        return {name: sys.modules[name] for name in self.program.files}

    def _seen(self) -> dict[str, str]:
        return describe(self._modules(), self.program.unordered)

    def _compare(self, expected: dict[str, str] | str, report: str) -> None:
        assert isinstance(expected, dict), expected
        _same(self._seen(), expected, report)

    def _check_runs(self, report: Report | None, ran: set[Key], program: Program) -> None:
        """Only what the edit reaches may run, and what runs is reported."""
        known = {c.key for chunks in self.program.chunks.values() for c in chunks}
        twins = set(_twins_of_new(self.program, program))
        if unasked := ran & known - may_run(self.program, program) - twins:
            raise Different(f"ran for nothing: {_told(program, unasked)}\n{report}")
        steps = report.steps if report else ()
        lines = {(s.file, s.line) for s in steps if s.action in (Action.RUN, Action.RERUN)}
        new = {c.key for m in program.files.keys() - self.program.files for c in program.chunks[m]}
        if silent := ran & known - new - set(keys_at(lines, self.root, program)):
            raise Different(f"ran unreported: {_told(program, silent)}\n{report}")

    # ------------------------------------------------------------------ state and holders

    def _use_at_run_time(self) -> None:
        """What a running program does: it fills state, and holds what modules define."""
        for module, name, value in self._values():
            if is_state(name) or (name[0] == "R" and type(value) is dict):
                if type(value) is dict:
                    value[RUNTIME] = len(self.held)
                elif type(value) is list:
                    value.append(len(self.held))
        self.current = {(module, name): value for module, name, value in self._values()}
        for module, name, value in self._values():
            if type(value) in HELD and (key := self._definition(self.program, module, name)):
                self.held.setdefault((module, name), (key, value))

    def _values(self) -> Iterator[tuple[str, str, Any]]:
        for module, file in self.program.files.items():
            namespace = vars(sys.modules[module])
            for name in file.names:
                if name in namespace:
                    yield module, name, namespace[name]

    @staticmethod
    def _definition(program: Program, module: str, name: str) -> Key | None:
        """The one statement that defines a name in its home."""
        found = [c for c in program.chunks.get(module, ()) if name in c.binds]
        if len(found) != 1 or found[0].key[0] != "statement" or ALIAS.search(found[0].text):
            return None
        return found[0].key

    def _state_texts(self) -> dict[str, str]:
        return {
            f"{module}:{name}": repr(value)
            for module, name, value in self._values()
            if is_state(name)
        }

    def _check_state(self, before: dict[str, str], ran: set[Key], old: Program) -> None:
        for place, text in self._state_texts().items():
            module, _, name = place.partition(":")
            key = self._definition(self.program, module, name)
            if place in before and key and key not in ran and before[place] != text:
                raise Different(f"{place} was {before[place]} and is {text}, but nothing ran")

    def _check_held(self, old: Program, ran: set[Key]) -> None:
        """Who holds a definition that is still there holds the current one."""
        for (module, name), (key, value) in list(self.held.items()):
            current = vars(sys.modules[module]).get(name)
            is_there = self._definition(self.program, module, name) == key
            if not is_there or type(current) not in HELD:
                del self.held[module, name]
                continue
            before = self.current.get((module, name), value)
            if key not in ran and current is not before and self._definition(old, module, name):
                raise Different(f"{module}:{name} is another object, though nothing ran")
            if current is value or type(current) is not type(value):
                self.held[module, name] = key, current
            elif not isinstance(value, type | FunctionType):
                raise Different(f"{module}:{name} is another {type(value).__name__}")
            elif not _may_follow(value, current):
                self.held[module, name] = key, current
            elif told := _unlike(name, value, current):
                raise Different(f"{module}:{name} as it was held: {told}")


def _may_follow(one: Any, other: Any) -> bool:
    """Whether what is held can become what is there now.

    A class cannot where its layout, its metaclass or those of its bases are others, and a
    function that another one made cannot become one that was made elsewhere.
    """
    if not isinstance(one, type):
        made = "<locals>" in one.__qualname__ + other.__qualname__
        homes = [(function.__module__, function.__qualname__) for function in (one, other)]
        return not made or homes[0] == homes[1]
    ours, theirs = _layouts(one), _layouts(other)
    return all(ours[name] == theirs[name] for name in ours.keys() & theirs.keys())


def _layouts(cls: type) -> dict[str, object]:
    return {
        c.__qualname__: (type(c), vars(c).get("__slots__"), c.__base__ in (None, object, int))
        for c in cls.__mro__
    }


def _unlike(name: str, held: Any, current: Any) -> str:
    ours, theirs = behave(name, held), behave(name, current)
    return "; ".join(
        f"{key} {ours[key]!r} != {theirs[key]!r}"
        for key in ours
        if repr(ours[key]) != repr(theirs[key])
    )


# ------------------------------------------------------------------------------- in words


def _twins_of_new(before: Program, after: Program) -> Iterator[Key]:
    """The statements that have the text of a new one in the same file: nothing tells which is."""
    known = {chunk.key for chunks in before.chunks.values() for chunk in chunks}
    for chunks in after.chunks.values():
        new = {chunk.text for chunk in chunks if chunk.key not in known}
        yield from (chunk.key for chunk in chunks if chunk.text in new)


def _told(program: Program, keys: set[Key]) -> str:
    return "; ".join(
        f"{module}: {chunk.text.splitlines()[0]}"
        for module, chunks in program.chunks.items()
        for chunk in chunks
        if chunk.key in keys
    )


def _same(live: Mapping[str, str], fresh: Mapping[str, str], report: str) -> None:
    more = [
        path
        for path, value in live.items()
        if path not in fresh and not value.startswith("module ") and not STAYS.match(path)
    ]
    # A star also brings the submodules that happen to be imported by then: no statement says so.
    paths = [
        path
        for path in (*fresh, *more)
        if live.get(path) != fresh.get(path)
        and (path in live or not fresh[path].startswith(f"module {PACKAGE}."))
        and not LACKS.match(live.get(path, ""))
    ]
    if paths:
        shown = [f"  {p}: {live.get(p)}\n    fresh: {fresh.get(p)}" for p in paths[:8]]
        raise Different("\n".join([f"{len(paths)} differences", *shown, report]))


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """The files, old and new where they differ."""
    parts: list[str] = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old == new:
            parts.append(f"----- {path} (the same)\n{old}")
        else:
            parts.append(f"----- {path} before\n{old}----- {path} after\n{new}")
    return "\n".join(parts)


def remove(root: str) -> None:
    shutil.rmtree(root, ignore_errors=True)
