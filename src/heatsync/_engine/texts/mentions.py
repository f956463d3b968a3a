"""What a text says, without reading it as a tree: its words, and whether it imports names unseen."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_STAR = re.compile(r"import[\s\\]*\*")
_WORD = re.compile(r"\w+")
_SHORT = 3  # characters


def plain(text: str) -> str:
    """A text with names as Python sees them: `ﬁ` is `fi`."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def words_in(text: str) -> frozenset[str]:
    """All names in a plain text, and what else looks like one."""
    return frozenset(_WORD.findall(text))


def says(text: str, name: str) -> bool:
    """Whether a name may stand in a plain text.

    A private name and a keyword may do so as a part of a word: in `_Box__size`, in `import_module`.
    """
    at = text.find(name)
    if at < 0:
        return False
    if name.startswith("__") or keyword.iskeyword(name) or not name.isidentifier():
        return True
    if len(name) <= _SHORT:
        return _as_word(name).search(text) is not None
    return _next_place(text, name, at) >= 0


def says_once(text: str, name: str) -> bool:
    """Whether a name stands at one place of a text."""
    return text.count(name) == 1 or len([*_places_of(text, name, text.find(name))]) == 1


def _places_of(text: str, name: str, at: int) -> Iterator[int]:
    """Where a name stands as a word, from a place on where it may do so."""
    while at >= 0 and (at := _next_place(text, name, at)) >= 0:
        yield at
        at = text.find(name, at + len(name))


def _next_place(text: str, name: str, at: int) -> int:
    """The first of these; -1 for none."""
    while at >= 0:
        end = at + len(name)
        before, behind = text[at - 1 : at], text[end : end + 1]
        if not (before.isalnum() or before == "_" or behind.isalnum() or behind == "_"):
            return at
        at = text.find(name, end)
    return -1


@lru_cache(maxsize=1000)
def _as_word(name: str) -> re.Pattern[str]:
    """Short names stand in many a word, and are few: for others a pattern would cost more."""
    # So that a search can begin with its first letter: much faster than with `\b` in front.
    return re.compile(rf"{name}\b(?<!\w{name})")


def has_star(text: str) -> bool:
    """Whether it may import names that it does not say."""
    return "*" in text and _STAR.search(text) is not None
