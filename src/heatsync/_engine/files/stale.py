"""Which texts are not the ones that are running, and which files are gone or there again."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from heatsync._engine.files.lacking import lacks_nothing_more, latest_save
from heatsync._resident import texts
from heatsync._resident.brief import listed, shortened
from heatsync._resident.files import sibling
from heatsync._resident.live import Data, Live, Running
from heatsync._resident.texts import Text, too_large
from heatsync.errors import HeatsyncError, LostSourceError, RefusedError


@dataclass(frozen=True, slots=True)
class Found:
    """What looking at files has shown."""

    texts: Mapping[str, bytes]  # stale ones, by file
    recovered: tuple[str, ...]  # files that failed or were gone, and are as before
    away: frozenset[str]  # files that do not exist
    gone: tuple[str, ...]  # those of them that existed until now
    homes: Mapping[str, str]  # files that do not exist, with those their modules are made of now
    refused: Mapping[str, HeatsyncError]  # those that cannot be read, or must not be


FEW = 3  # files that are named where there are many
_SEVERAL = FEW + 1  # of which each is told by itself
_ABSENT = (FileNotFoundError, IsADirectoryError, NotADirectoryError)


def look(live: Live, files: Iterable[str], *, by_signs: bool) -> Found:
    """Compares files with what is running, of which nothing is changed.

    All are read; `by_signs` leaves out those whose signs are known to tell that they are the same.
    Those that failed before are looked at with every change, as it may be what they lacked, and
    so are those that are gone.
    """
    stale: dict[str, bytes] = {}
    refused: dict[str, HeatsyncError] = {}
    recovered, away, homes = [], [], {}
    for file in sorted({*files, *live.failed, *live.gone}):
        running = [made.data for made in _made_from(live, file)]
        is_awaited = file in live.failed or file in live.gone
        if not running:
            continue
        if by_signs and not is_awaited and live.sights.tell_still(file, running):
            continue
        moment = time.monotonic()
        try:
            text = read(file, live)
            home = _home(live, file) if text is None else None
            moved = read(home, live) if home else None
        except (LostSourceError, RefusedError) as error:
            refused[file] = error
            continue
        if text is not None and any(text.data != data for data in running):
            stale[file] = text.data
        elif text is not None:
            live.sights.note(file, text, running, moment)
            if is_awaited:
                recovered.append(file)
        elif home is not None:
            stale[file], homes[file] = moved.data if moved else b"", home
        else:
            away.append(file)
    gone = tuple(file for file in away if file not in live.gone)
    return Found(stale, tuple(recovered), frozenset(away), gone, homes, refused)


def _home(live: Live, file: str) -> str | None:
    """The file that the module of one that is gone is made of now: it became a package, or none."""
    if not file.endswith(".py") or not live.at(file) or "__main__" in live.files[file]:
        return None
    home = sibling(file)
    return home if not live.at(home) and os.path.isfile(home) else None


def has_news(live: Live, found: Found) -> bool:
    """Whether there is a text that did not fail before, or what a failed batch may have lacked.

    What else it lacked nobody sees come; whoever mended that saves the file again.
    """
    # The others may have failed only because of one that is as before, or gone.
    if found.texts and (found.recovered or any(_is_missed_anew(live, f) for f in found.gone)):
        return True
    if lacks_nothing_more(live) or found.refused.keys() - live.failed.keys():
        return True
    return any(
        live.failed.get(file) != text
        or (file in live.tried and live.tried[file] != latest_save(file))
        for file, text in found.texts.items()
    )


def _is_missed_anew(live: Live, gone: str) -> bool:
    """Whether a file was still there when the last batch failed."""
    return live.tried.get(gone, (0, 0)) is not None


def _made_from(live: Live, file: str) -> list[Running | Data]:
    data = live.data.get(file)
    return [*live.at(file), *([data] if data else [])]


def read(file: str, live: Live) -> Text | None:
    """What is in a file; None where it is gone: its code stays until there is a file again.

    Raises LostSourceError, and RefusedError for what is not to be run.
    """
    try:
        text = texts.read(file, live.guard)
    except _ABSENT:
        return None
    except OSError as error:
        raise LostSourceError(file, error) from error
    if refused := too_large(file, text.data):
        raise refused
    return text


def farewells(live: Live, gone: Iterable[str]) -> Iterator[str]:
    """What a person should know about files that are gone, of each; of many, in one sentence."""
    gone = list(gone)
    data = [file for file in gone if file in live.data]
    code = [file for file in gone if file not in live.data]
    for files, what in ((code, "code stays alive"), (data, "value stays")):
        groups = [files] if len(files) > _SEVERAL else [[file] for file in files]
        for group in groups:
            yield _farewell(group, what, _left_behind(live, group, {*gone, *live.gone}))


def _farewell(files: Sequence[str], what: str, importers: Iterable[str]) -> str:
    names, many = listed(map(shortened, files), FEW), len(files) > 1
    them, there = ("them", "there are files") if many else ("it", "there is a file")
    told = f"{names} {'are gone: their' if many else 'is gone: its'} {what} until {there} again"
    left = listed(map(shortened, importers), FEW)
    return f"{told}; {left} cannot be imported anew without {them}" if left else told


def _left_behind(live: Live, files: Iterable[str], away: Collection[str]) -> list[str]:
    """The files that import some of these, and are there themselves."""
    importers = {
        live.modules[name].file: None
        for file in files
        for running in live.at(file)
        for name in live.importers(running.name)
        if running.name in live.modules[name].imports
    }
    return [file for file in importers if file not in away]
