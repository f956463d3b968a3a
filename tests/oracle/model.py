"""Programs as values: statements that know what they bind, mention and fill, and their files.

A name is a letter, which tells what it holds, and a number: no two statements of a program mean
different things by one name, so a word in a text is a use of it, wherever it stands. Imports are
not statements of the model: each file imports what its statements mention, in a style of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

RECEIVER = re.compile(r"(?<![\w.\"'])([a-zA-Z]\d+)(?:\.\w+)*\.\w+\(")
MARKING = re.compile(r"\w+ = (w\d+)\(")  # a decorator that is called
SETTING = re.compile(r"\b(K\d+)(?:\.update\((\w+)=|\['(\w+)'\] = )")
NAME = re.compile(r"(?<![\w.\"'])([a-zA-Z]\d+)\b")
HEAD = "import abc, contextlib, dataclasses, enum, functools, typing"
PACKAGE = "pk"
FILLERS = "qz"  # decorators, and makers of them, that fill what they mention when they are called


@dataclass(frozen=True)
class Statement:
    """One top-level statement."""

    key: int  # the same through all edits
    text: str
    binds: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()  # the containers that it, or what it defines, puts something into
    late: tuple[str, ...] = ()  # names that its functions import by themselves
    gap: int = 0  # comment lines above it
    broken: bool = False

    @cached_property
    def mentions(self) -> frozenset[str]:
        return frozenset(NAME.findall(self.text)) - {*self.binds}

    @property
    def is_filler(self) -> bool:
        return bool(self.binds) and self.binds[0][0] in FILLERS


Spot = tuple[str, int, Statement]


@dataclass(frozen=True)
class File:
    """A module: its statements, and how it imports those of others."""

    statements: tuple[Statement, ...] = ()
    styles: Mapping[str, str] = field(default_factory=dict)  # by the module imported from
    is_package: bool = False
    has_all: bool = False
    reexports: frozenset[str] = frozenset()
    doc: str = ""

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for s in self.statements for name in s.binds))


@dataclass(frozen=True)
class Chunk:
    """A statement as it stands in a file."""

    key: tuple[object, ...]
    text: str
    binds: frozenset[str]
    mentions: frozenset[str]
    fills: frozenset[str]
    fills_late: frozenset[str]
    lines: range


@dataclass(frozen=True)
class Program:
    """Modules by name; each imports only from those before it."""

    files: Mapping[str, File]

    @cached_property
    def homes(self) -> Mapping[str, str]:
        """By name, the module that defines it."""
        found: dict[str, str] = {}
        for module, file in self.files.items():
            for name in file.names:
                found.setdefault(name, module)
        return found

    @cached_property
    def chunks(self) -> Mapping[str, tuple[Chunk, ...]]:
        return {module: tuple(_placed(_rendered(self, module))) for module in self.files}

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """By path, what stands in the files."""
        return {
            self.path(module): "".join(f"{chunk.text}\n" for chunk in chunks)
            for module, chunks in self.chunks.items()
        }

    @cached_property
    def text(self) -> str:
        return "\n".join(s.text for _, _, s in self.statements())

    @cached_property
    def unordered(self) -> frozenset[str]:
        """The containers that several files fill: what is new in one of them comes last."""
        late = {n: s.fills for _, _, s in self.statements() if s.is_filler for n in s.binds}
        files: dict[str, set[str]] = {}
        for module, _, statement in self.statements():
            through = (name for known in statement.mentions for name in late.get(known, ()))
            for name in (*statement.fills, *through):
                files.setdefault(name, set()).add(module)
        return frozenset(name for name, modules in files.items() if len(modules) > 1)

    @cached_property
    def import_order(self) -> tuple[str, ...]:
        """The modules in the order in which their imports end."""
        begun: set[str] = set()
        ended: list[str] = []

        def import_(module: str) -> None:
            if module in self.files and module not in begun:
                begun.add(module)
                import_(module.rpartition(".")[0])
                for other in _needed(self, module):
                    import_(PACKAGE if self.files[module].styles.get(other) == "via" else other)
                    import_(other)
                ended.append(module)

        for module in self.files:
            import_(module.rpartition(".")[0])
            import_(module)
        return tuple(ended)

    @cached_property
    def last_words(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """By mapping and key, the modules that set it, in the order in which they do."""
        found: dict[tuple[str, str], set[str]] = {}
        for module, _, statement in self.statements():
            for match in SETTING.finditer(statement.text):
                found.setdefault((match[1], match[2] or match[3]), set()).add(module)
        order = self.import_order
        return {place: tuple(sorted(modules, key=order.index)) for place, modules in found.items()}

    def has_other_last_words(self, after: Program) -> bool:
        """Whether files that set the same key do so in another order, though all of them stay."""
        both = self.last_words.keys() & after.last_words.keys()
        pairs = ((self.last_words[place], after.last_words[place]) for place in both)
        return any(
            [m for m in one if m in other] != [m for m in other if m in one] for one, other in pairs
        )

    def path(self, module: str) -> str:
        path = module.replace(".", "/")
        return f"{path}/__init__.py" if self.files[module].is_package else f"{path}.py"

    def statements(self) -> Iterator[tuple[str, int, Statement]]:
        for module, file in self.files.items():
            for place, statement in enumerate(file.statements):
                yield module, place, statement

    @cached_property
    def is_decided(self) -> bool:
        """Whether no statement reads a container that one below it fills.

        One that runs again reads what is there now, which a fresh process would put in later.
        So who fills a container and who reads it are kept apart: it is read in the app, which is
        imported last, and below all that fill it.
        """
        late = {n: s.fills for _, _, s in self.statements() if s.is_filler for n in s.binds}
        filled: dict[str, int] = {}
        for number, (_, _, statement) in enumerate(self.statements()):
            through = (name for known in statement.mentions for name in late.get(known, ()))
            filled |= dict.fromkeys((*statement.fills, *through), number)
        return not any(
            name in filled and (module != "app" or number <= filled[name])
            for number, (module, _, statement) in enumerate(self.statements())
            for name in statement.mentions
            if name not in statement.fills
        ) and not any(
            self._looks_into_what_it_fills(spot) or self._marks(spot) for spot in self.statements()
        )

    def _marks(self, spot: Spot) -> bool:
        """An attribute that a call set on what it was given stays when another one is set."""
        marking = MARKING.match(spot[2].text)
        return marking is not None and any(
            marking[1] in s.binds and "fn.tag" in s.text for _, _, s in self.statements()
        )

    def _looks_into_what_it_fills(self, spot: Spot) -> bool:
        """Who counts what it adds to, as `S.add(len(S))` does, depends on what others added."""
        names = NAME.findall(spot[2].text)
        return any(names.count(name) > 1 for name in spot[2].fills)

    def with_file(self, module: str, file: File) -> Program:
        return Program({**self.files, module: file})

    def with_statements(self, module: str, statements: tuple[Statement, ...]) -> Program:
        return self.with_file(module, replace(self.files[module], statements=statements))


# ------------------------------------------------------------------------------ rendering


def _placed(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    line = 1
    for chunk in chunks:
        after = line + chunk.text.count("\n") + 1
        yield replace(chunk, lines=range(line, after))
        line = after


def _rendered(program: Program, module: str) -> Iterator[Chunk]:
    file = program.files[module]
    nothing = frozenset[str]()
    doc = f'"""{file.doc}"""\n' if file.doc else ""
    head = f"# What a reload itself makes up runs in line 1.\n{doc}{HEAD}"
    names_in_head = frozenset((f"head of {module}",))  # which a star may bring too
    yield Chunk(("head", module), head, names_in_head, nothing, nothing, nothing, range(0))
    prefixes: dict[str, str] = {}
    for other, names in _needed(program, module).items():
        style = _style(program, module, other, names)
        text, prefix = import_text(program, module, other, names, style)
        prefixes |= dict.fromkeys(names, prefix)
        bound = frozenset(names)
        if text.startswith("import ") and " as " not in text:  # `import pk.alpha` binds `pk`
            bound |= {f"module {other.partition('.')[0]}"}
        if style == "star":
            bound |= {f"all of {other}", *names_in_head, *_public(program, other)}
        yield Chunk(("import", module, other), text, bound, bound, nothing, nothing, range(0))
    for statement in file.statements:
        yield _chunk(program, module, statement, prefixes)
    if file.has_all:
        text = f"__all__ = {sorted({*file.names, *file.reexports})}"
        bound = frozenset((f"all of {module}",))
        yield Chunk(("all", module), text, bound, frozenset(file.names), nothing, nothing, range(0))


def _public(program: Program, module: str) -> Iterator[str]:
    """The names that a star may bring, those that the module imports itself included."""
    yield from program.files[module].names
    for other, names in _needed(program, module).items():
        yield from names
        yield f"all of {other}"
        yield from program.files[other].names


def _chunk(
    program: Program, module: str, statement: Statement, prefixes: Mapping[str, str]
) -> Chunk:
    def name_at(match: re.Match[str]) -> str:
        name = match[1]
        return name if name in statement.late else prefixes.get(name, "") + name

    text = NAME.sub(name_at, statement.text)
    for name in statement.late:
        text = text.replace(f"<home of {name}>", program.homes.get(name, "nowhere"))
    # Any method may change its object.
    fills = frozenset(statement.fills) | frozenset(RECEIVER.findall(statement.text))
    late = statement.is_filler
    return Chunk(
        ("statement", statement.key),
        "# comment\n" * statement.gap + text,
        frozenset(statement.binds),
        statement.mentions,
        frozenset() if late else fills,
        fills if late else frozenset(),
        range(0),
    )


def _needed(program: Program, module: str) -> dict[str, list[str]]:
    """By module, in their order, the names that a file has to import from there."""
    file, homes = program.files[module], program.homes
    used = {name for s in file.statements for name in s.mentions if name not in s.late}
    wanted = {name for name in {*used, *file.reexports} if homes.get(name, module) != module}
    return {
        other: sorted(name for name in wanted if homes[name] == other)
        for other in program.files
        if any(homes[name] == other for name in wanted)
    }


def _style(program: Program, module: str, other: str, names: list[str]) -> str:
    """The style of an import, or the plain one where that one is not possible."""
    file = program.files[module]
    style = file.styles.get(other, "from")
    hub = program.files.get(PACKAGE)
    if style == "via" and (module != "app" or not hub or not hub.reexports.issuperset(names)):
        return "from"
    if style == "module" and other.startswith(f"{module}."):
        return "from"  # `pk.sub.leaf` is not to be had while `pk.sub` is being imported
    if style in ("module", "as", "submodule", "star") and file.reexports.intersection(names):
        return "from"
    return style


def import_text(
    program: Program, module: str, other: str, names: list[str], style: str
) -> tuple[str, str]:
    """How names of another module are imported, and what has to stand before them then."""
    listed = ", ".join(names)
    parent, _, last = other.rpartition(".")
    plain = f"from {_relative(program, module, other)} import {listed}"
    texts = {
        "from": (plain, ""),
        "absolute": (f"from {other} import {listed}", ""),
        "module": (f"import {other}", f"{other}."),
        "as": (f"import {other} as {last}_", f"{last}_."),
        "submodule": (f"from {parent} import {last}" if parent else f"import {last}", f"{last}."),
        "star": (f"from {_relative(program, module, other)} import *", ""),
        "if": (f"if len(__name__):\n    {plain}", ""),
        "try": (f"try:\n    {plain}\nexcept ImportError:\n    raise", ""),
        "via": (f"from {PACKAGE} import {listed}", ""),
    }
    return texts[style]


STYLES = ("from", "absolute", "module", "as", "submodule", "star", "if", "try", "via")


def _relative(program: Program, module: str, other: str) -> str:
    """Another module as seen from inside the package; from outside, its whole name."""
    if module.partition(".")[0] != PACKAGE or "." not in other:
        return other
    depth = module.count(".") + program.files[module].is_package
    return "." * depth + other.partition(".")[2]
