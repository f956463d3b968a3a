"""What all Heatsync objects of a process share: changes are applied once, and told to each of them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from heatsync._resident import owned
from heatsync._resident.files import sibling
from heatsync._resident.live import LIVE, engine
from heatsync._resident.texts import Holding, Opened, never
from heatsync._trust import check
from heatsync.errors import RefusedError

if TYPE_CHECKING:
    from heatsync._engine import Preview, Report

# How long to wait for a reload in another thread before leaving things to it: it may itself be
# waiting for something that the thread which asks holds.
PATIENCE = 5.0
_MOMENT = 1e-6  # seconds; of none at all the interpreter takes no notice


class Member(Protocol):
    """One of them."""

    @property
    def strict(self) -> bool:
        """Whether nothing is to be run that somebody else could have written."""

    def allows(self, opened: Opened) -> bool:
        """Whether a file may be run, wherever its links lead by now."""

    def claims(self, files: Iterable[str]) -> bool:
        """Whether it keeps one of these live."""

    def joins(self, file: str) -> None:
        """A file became live, which it may want to keep live, too."""

    def claim(self, files: Iterable[str]) -> None:
        """It is to keep these live, too."""

    def announce(self, files: tuple[str, ...]) -> None:
        """These are about to be applied."""

    def tell(self, report: Report) -> None:
        """Something that it keeps live was reloaded."""


MEMBERS: list[Member] = []
_leaving: set[str] = set()


def enter(member: Member) -> None:
    """From now on it is one of them. If one is strict, all are, as they share what is live."""
    MEMBERS.append(member)
    LIVE.guard = _guard
    LIVE.strict = any(one.strict for one in MEMBERS)


def leave(member: Member) -> None:
    if member in MEMBERS:
        MEMBERS.remove(member)
        LIVE.strict = any(one.strict for one in MEMBERS)


def _guard(opened: Opened) -> None:
    """Raises RefusedError for a file that is not to be run again."""
    if not any(member.allows(opened) for member in list(MEMBERS)):
        reason = f"it leads to {opened.place}, outside of the tracked folders"
        raise RefusedError(opened.file, reason, "Track that folder too, or require the file")
    if LIVE.strict:
        check(opened)


class _Inside(threading.local):
    reload = False


_inside = _Inside()


def reload_and_tell(
    files: Iterable[str], *, again: bool = False, by_signs: bool = False, hold: Holding = never
) -> Report | None:
    """Applies what differs, and tells all whom it concerns. Gives None where nothing was pending,
    or where `hold` says that it is to wait. Nobody has told of files to look at `by_signs`.

    Asked for by code that a reload runs, it does nothing: that reload is at it.
    """
    if _inside.reload:
        return None
    report = _once(files, again, by_signs, hold)
    watched = set[str]()
    # What a batch lacked may have come before somebody watched for it.
    while (
        report is not None
        and report.error is not None
        and not watched.issuperset(LIVE.suspects)
        and engine().lacks_nothing_more(LIVE)
    ):
        watched.update(LIVE.suspects)
        report = _once((), False, False, never)
    return report


def _once(files: Iterable[str], again: bool, by_signs: bool, hold: Holding) -> Report | None:
    with engine().held_back():
        try:
            report = _reload(files, again, by_signs, hold)
        finally:
            if _leaving:
                let_go(())
        if report is not None:
            _tell(report)
    return report


def _let_others_on() -> None:
    """The new code is live: in another thread than the main one, who waits to run it comes first."""
    if threading.current_thread() is not threading.main_thread():
        time.sleep(_MOMENT)


def _reload(files: Iterable[str], again: bool, by_signs: bool, hold: Holding) -> Report | None:
    with LIVE.lock:
        _inside.reload = True
        try:
            report: Report | None = engine().reload(
                LIVE,
                files,
                again=again,
                by_signs=by_signs,
                hold=hold,
                announce=_announce,
                when_live=_let_others_on,
            )
            return report
        finally:
            _inside.reload = False


def _announce(files: tuple[str, ...]) -> None:
    for member in list(MEMBERS):
        if member.claims(files):
            member.announce(files)


def _tell(report: Report) -> None:
    for member in list(MEMBERS):
        member.claim(sibling(file) for file in _away(report.files) if member.claims([file]))
        if member.claims(report.files):
            member.tell(report)
    if report.error is not None:
        for file in LIVE.suspects:
            for member in list(MEMBERS):
                member.joins(file)
        # Only now: the error itself is told with the lines of the text that failed.
        LIVE.pin_lines(report.files)


def foreseen(files: Iterable[str]) -> Preview | None:
    """What a reload of these files would do now; nothing within one, which is at it."""
    if _inside.reload:
        return None
    preview: Preview | None = engine().preview(LIVE, files)
    return preview


def _away(files: Iterable[str]) -> list[str]:
    """The modules' files that do not exist: what they became, or may become, is to be seen."""
    return [file for file in files if file.endswith(".py") and not os.path.exists(file)]


def files_imported_by(name: str) -> list[str]:
    """Those of a live module and of the live ones that it imports, directly or not."""
    found: dict[str, str] = {}
    waiting = [name]
    while waiting:
        name = waiting.pop()
        running = LIVE.modules.get(name)
        if running is not None and name not in found:
            found[name] = running.file
            waiting += [*running.imports, *running.requires]
    return list(found.values())


def is_reloading() -> bool:
    """Whether a reload runs the code that asks."""
    return _inside.reload


def let_go(files: Iterable[str]) -> None:
    """Keeps files live no longer that nobody claims. A reload in progress does it when it ends."""
    _leaving.update(files)
    left: list[dict[str, Any]] = []
    if not _inside.reload and LIVE.lock.acquire(timeout=PATIENCE):
        try:
            while _leaving:
                file = _leaving.pop()
                if not any(member.claims([file]) for member in list(MEMBERS)):
                    left.extend(running.namespace for running in LIVE.at(file))
                    LIVE.remove(file)
        finally:
            LIVE.lock.release()
        owned.end_all_of(left)  # without the lock, for which another thread may wait


def keep(module: ModuleType, file: str, data: bytes) -> bytes | None:
    """Makes a module live, which was or is about to be made from this text.

    Gives the text that it was last complete with, for one that is imported anew by
    `importlib.reload`.
    """
    before = LIVE.modules.get(module.__name__)
    text = before.data if before is not None and before.module is module else None
    if text is not None:  # all of it runs anew
        owned.end_all_of([module.__dict__])
    LIVE.add(module, file, data)
    for member in list(MEMBERS):
        member.joins(file)
    return text


def take_back(module: ModuleType, file: str, before: bytes | None) -> None:
    """A module has failed to run: it is live as it was before, with that text, or not at all."""
    running = LIVE.modules.get(module.__name__)
    if before is None:
        drop(module, file)
    elif running is not None and running.module is module:
        LIVE.again = None
        running.become(before, None)


def drop(module: ModuleType, file: str) -> None:
    """Keeps a module live no longer; another one made of the same file stays."""
    known = LIVE.files.get(file, {})
    name = module.__name__
    owned.end_all_of([module.__dict__])
    if name in known and known[name].module is module:
        if len(known) > 1:
            LIVE.remove_one(name, file)
        else:
            LIVE.remove(file)
