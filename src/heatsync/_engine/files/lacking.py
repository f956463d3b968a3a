"""What a batch that failed may have lacked: files that are not live, or not there."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from traceback import walk_tb
from types import ModuleType

from heatsync._engine.files.sights import STEP
from heatsync._engine.texts.order import with_parents
from heatsync._resident import texts
from heatsync._resident.live import Known, Live
from heatsync._resident.texts import Glimpse, Save, save_of

_TICK = 0.02  # seconds that the time of a file may lag behind the clock
_NO_SUCH_NAME = re.compile(r"cannot import name '(\w+)'")


def glimpse(file: str) -> Glimpse:
    """A file that is not live, as it is now. A folder is there, or not."""
    try:
        text = texts.read(file)
    except OSError:
        return (b"" if os.path.isdir(file) else None), None
    return text.data, save_of(text.stat)


def latest_save(file: str) -> Save | None:
    """The save that a file is of, if there is one."""
    try:
        return save_of(os.stat(file))
    except OSError:
        return None


def lacks_nothing_more(live: Live) -> bool:
    """Whether what a failed batch may have lacked was saved since then, or is there at last."""
    return bool(live.failed) and not all(
        _is_as_it_was(file, *seen) for file, seen in live.suspects.items()
    )


def _is_as_it_was(file: str, text: bytes | None, save: Save | None) -> bool:
    """A game asks in each frame: so it is read only where its time might not show another text."""
    if save is None:
        return glimpse(file) == (text, save)
    is_settled = time.time_ns() - save[0] > STEP * 1e9
    return latest_save(file) == save and (is_settled or glimpse(file)[0] == text)


def suspects(live: Live, known: Known, error: BaseException) -> Iterator[tuple[str, Glimpse]]:
    """Files whose repair or creation may be all that a failed batch lacks, as it found them.

    None that it imported is live any more.
    """
    there, absent, missed = [*known.imported], list[str](), set[str]()
    for each in _with_its_causes(error):
        there += (frame.f_code.co_filename for frame, _ in walk_tb(each.__traceback__))
        if isinstance(each, SyntaxError) and each.filename:
            there.append(each.filename)
        for module in _not_found(each):
            for name in with_parents(module):
                places = [*_places_for(name)]
                absent += places
                # A package that was found is not loaded any more, but it was not missed.
                if name == module and isinstance(each, ImportError):
                    missed.update(places)
    there = [file for file in there if os.path.isabs(file) and os.path.isfile(file)]
    for file in dict.fromkeys([*there, *absent]):
        if not live.at(file):
            is_new = file in missed and _came_since(file, known.since)
            yield file, (None, None) if is_new else _as_imported(file, known)


def _came_since(file: str, moment: float) -> bool:
    """Whether a file that was not found came when it had been searched for."""
    try:
        return os.stat(file).st_ctime > moment - _TICK
    except OSError:
        return False


def _as_imported(file: str, known: Known) -> Glimpse:
    """Written since it was imported, a file is of no save that anybody has seen."""
    text, save = glimpse(file)
    imported = known.imported.get(file, text)
    return (text, save) if imported == text else (imported, None)


def without_offers(error: BaseException) -> BaseException:
    """The error, told without similar names of a module that is not loaded any more.

    To find them, Python would import that module, whenever the error is told.
    """
    for each in _with_its_causes(error):
        if type(each) is ImportError and each.name and each.name not in sys.modules:
            each.name_from = None  # type: ignore[attr-defined]  # from Python 3.12 on
    return error


def _with_its_causes(error: BaseException) -> Iterator[BaseException]:
    """A library may have told in words of its own what it could not import."""
    waiting: list[BaseException | None] = [error]
    seen = set[int]()
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__]


def _not_found(error: BaseException) -> Iterator[str]:
    """The module that was not found, by its own name or as a part of a package."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        yield error.name
    elif isinstance(error, ImportError) and error.name and type(error.msg) is str:
        if name := _NO_SUCH_NAME.match(error.msg):
            yield f"{error.name}.{name[1]}"
    elif isinstance(error, AttributeError) and type(error.obj) is ModuleType:
        yield f"{error.obj.__name__}.{error.name}"


def _places_for(module: str) -> Iterator[str]:
    """What would make a module importable: a mere folder is a package, too."""
    if module in sys.modules:
        return
    parent, _, last = module.rpartition(".")
    for folder in filter(os.path.isdir, _folders_of(parent)):
        yield from (
            os.path.join(folder, f"{last}.py"),
            os.path.join(folder, last, "__init__.py"),
            os.path.join(folder, last),
        )


def _folders_of(package: str) -> list[str]:
    """Where the modules of a package are, or would be; of none, where those at the top are."""
    if not package:
        return list(map(os.path.abspath, sys.path))
    if package in sys.modules:
        found = getattr(sys.modules[package], "__dict__", {}).get("__path__", ())
        return [folder for folder in found if isinstance(folder, str)]
    parent, _, last = package.rpartition(".")
    return [os.path.join(folder, last) for folder in _folders_of(parent)]
