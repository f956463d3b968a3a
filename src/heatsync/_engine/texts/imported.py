"""Which modules a text may import, read off it without parsing it."""

from __future__ import annotations

import re
from collections.abc import Iterator

# `import a.b, c` and `from ..d import e, (f, g)`, wherever they stand: what follows the word, and
# what stands before it in its line. Reading the text this way finds too much rather than too
# little, and costs a thousandth of parsing it.
_IMPORT = re.compile(r"import(?!\w)")
_NAMES = re.compile(r"[ \t\f]*+(\((?:[^)#]++|#[^\n]*+)*+|[^#;\n]*)")
_BEFORE = re.compile(r"(?:^|[;:])[ \t\f]*+(?:from(?!\w)([\w. \t\f]*)(?<!\w))?$")
_AFTER_COMMENT = re.compile(r"#[^\n]*\\\n")
_COMMENT = re.compile(r"#[^\n]*")
_DOT = re.compile(r"\s*\.\s*")  # `import a . b` is one name, also where a line ends in it
_CALLED = ("import_module", "__import__")
_IMPORT_BY_CALL = re.compile(r"""(?:import_module|__import__)\(\s*["']([\w.]+)["']""")


def imports_of(data: bytes, package: str) -> dict[str, None]:
    """The absolute names that the import statements of a module may load, in order."""
    return dict.fromkeys(imported_names(data.decode("utf-8", "replace"), package))


def imported_names(text: str, package: str) -> Iterator[str]:
    """The absolute names of modules that a text may import, in the order of the text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    if "\\\n" in text:
        # A comment does not go on in the next line, whatever it ends with; but what looks like a
        # comment may be in a string.
        joined = text.replace("\\\n", " ")
        text = f"{joined}\n{text}" if _AFTER_COMMENT.search(text) else joined
    for match in _IMPORT.finditer(text):
        line = text.rfind("\n", 0, match.start()) + 1
        before = _BEFORE.search(text[line : match.start()])
        names = _NAMES.match(text, match.end()) if before else None
        if before and names:
            yield from _imported(before[1], names[1], package)
    if any(name in text for name in _CALLED):  # in no time, where the pattern tries every letter
        for match in _IMPORT_BY_CALL.finditer(text):
            yield _absolute(match[1], package)


def _imported(base: str | None, names: str, package: str) -> Iterator[str]:
    """The modules that one import may load: from a base, or the names themselves."""
    found = _first_words(_DOT.sub(".", _COMMENT.sub("", names).strip("()")))
    if base is None:
        yield from found
        return
    module = _absolute("".join(base.split()), package)
    yield module
    yield from (f"{module}.{name}" for name in found)


def _first_words(text: str) -> Iterator[str]:
    """The `a` and `c` of `a as b, c`."""
    return (words[0] for part in text.split(",") if (words := part.split()))


def _absolute(name: str, package: str) -> str:
    tail = name.lstrip(".")
    level = len(name) - len(tail)
    if not level:
        return name
    parts = package.split(".")
    kept = parts[: len(parts) - level + 1]
    return ".".join([*kept, tail] if tail else kept)
