"""The texts that are to be applied together, read and compared before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from heatsync._engine.files.stale import Found
from heatsync._engine.files.unimported import without_importers
from heatsync._engine.texts.codes import Codes
from heatsync._engine.texts.diff import diff
from heatsync._engine.texts.edit import Edit
from heatsync._engine.texts.reparse import reparse
from heatsync._engine.texts.source import Source, decode, parse
from heatsync._resident import formats
from heatsync._resident.brief import shortened, told_error
from heatsync._resident.live import Live, Running
from heatsync.errors import UnreadableError

# What a text fails with that is not even run: it does so until there is another one.
HOPELESS = (SyntaxError, UnreadableError)
# In fewer characters nothing is nested too deeply to be read.
_DEEP = 1000


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts that are to be applied together, read and compared."""

    found: Found  # without those that are left aside
    texts: Mapping[str, bytes]  # by file
    edits: Mapping[str, Edit]  # by module
    values: Mapping[str, object]  # by data file
    codes: Codes
    aside: Mapping[str, bytes]  # texts that cannot be applied, and that nobody waits for
    notes: tuple[str, ...]  # what a person should know of these


def compare(live: Live, found: Found) -> Texts:
    """Parses everything before anything is touched.

    Raises what a text fails with, unless a new process would not even look at it.
    """
    edits, values, codes = dict[str, Edit](), {}, Codes()
    broken: dict[str, BaseException] = {**found.refused}
    for file, text in found.texts.items():
        if file in live.data:
            values[file] = formats.load(file, text, live.data[file].value)
            continue
        try:
            edits |= {running.name: _edited(running, found, codes) for running in live.at(file)}
        except HOPELESS as error:
            broken[file] = error
    if not broken:
        return Texts(found, found.texts, edits, values, codes, {}, ())
    _excuse(live, found, edits, broken, are_all=not (edits or values))
    aside = {file: found.texts.get(file, b"") for file in broken}
    texts = {file: text for file, text in found.texts.items() if file not in aside}
    rest = replace(found, texts=texts, refused={})
    news = {file: error for file, error in broken.items() if live.failed.get(file) != aside[file]}
    return Texts(rest, texts, edits, values, codes, aside, tuple(_told(news)))


def _told(broken: Mapping[str, BaseException]) -> Iterator[str]:
    for file, error in broken.items():
        told = f"{shortened(file)} stays as it was, as nobody imports it any more"
        yield f"{told}: {told_error(error)}"


def _excuse(
    live: Live,
    found: Found,
    edits: Mapping[str, Edit],
    broken: Mapping[str, BaseException],
    *,
    are_all: bool,
) -> None:
    """Texts that cannot be applied stop the others only where a new process would import them."""
    modules = [running.name for file in broken for running in live.at(file)]
    are_asked_for = are_all and not (found.gone or found.recovered)
    if are_asked_for or not without_importers(live, edits, modules):
        raise next(iter(broken.values()))


def _edited(running: Running, found: Found, codes: Codes) -> Edit:
    text, home = found.texts[running.file], found.homes.get(running.file)
    if home is not None:
        return _edit(running.source, parse(home, decode(home, text)), codes)
    return _edit(running.source, reparse(running.source, decode(running.filename, text)), codes)


def _edit(old: Source, new: Source, codes: Codes) -> Edit:
    try:
        edit = diff(old, new)
        codes.check(edit)
        _read_deep_ones(edit)
    except RecursionError as error:
        told = str(error) if new.file in str(error) else f"{new.file}, {error}"
        raise RecursionError(told) from None
    return edit


def _read_deep_ones(edit: Edit) -> None:
    """A text that is nested too deeply to be read is an error before anything is touched."""
    for pair in edit.changed:
        if len(pair.new.text) > _DEEP:
            _ = pair.new.names
