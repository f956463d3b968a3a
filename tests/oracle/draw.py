"""Programs drawn by hypothesis: gaps in the texts of kinds, filled with names that exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from hypothesis import strategies as st

from oracle.kinds import CHOICES, EXPRESSIONS, KINDS, OFTEN
from oracle.model import PACKAGE, STYLES, File, Program, Statement

GAP = re.compile(r"<([^<>]*)>")
FREE = {"e", "le", "i", "key", "new", *CHOICES}  # gaps that can always be filled
INNER = (
    ("alpha",),
    ("alpha", "beta"),
    ("alpha", "beta", "gamma"),
    ("sub.leaf", "sub", "beta"),
    ("alpha", "sub.leaf", "sub"),
)
Draw = Callable[[Any], Any]


@st.composite
def programs(draw: Draw, most: int = 5) -> Program:
    """A package of one to three modules, which its `__init__` may pass on, and an app."""
    modules = [*(f"{PACKAGE}.{name}" for name in draw(st.sampled_from(INNER))), PACKAGE, "app"]
    parents = {module.rpartition(".")[0] for module in modules}
    program = Program({module: File(is_package=module in parents) for module in modules})
    for module in modules:
        program = with_ways(draw, program, module)
        for _ in range(draw(st.integers(0 if module == PACKAGE else 1, most))):
            place = len(program.files[module].statements)
            longer = inserted(program, module, place, new_statement(draw, program, module, place))
            program = longer if longer.is_decided else program
    return with_reexports(draw, program)


def with_ways(draw: Draw, program: Program, module: str) -> Program:
    """A file with its styles of importing."""
    styles = {other: draw(st.sampled_from(STYLES)) for other in program.files if other != module}
    file = program.files[module]
    changed = File(file.statements, styles, file.is_package, draw(st.integers(0, 3)) == 3)
    return program.with_file(module, changed)


def with_reexports(draw: Draw, program: Program) -> Program:
    names = [name for name, home in program.homes.items() if home.startswith(f"{PACKAGE}.")]
    if not names or PACKAGE not in program.files:
        return program
    file = program.files[PACKAGE]
    chosen = frozenset(draw(st.lists(st.sampled_from(names), max_size=4)))
    changed = File(file.statements, file.styles, True, file.has_all, chosen, file.doc)
    return program.with_file(PACKAGE, changed)


def inserted(program: Program, module: str, place: int, statement: Statement) -> Program:
    statements = program.files[module].statements
    return program.with_statements(module, (*statements[:place], statement, *statements[place:]))


# ----------------------------------------------------------------------------- statements


def new_statement(draw: Draw, program: Program, module: str, place: int) -> Statement:
    return statement_of(draw, program, module, place, draw(st.sampled_from(OFTEN)))


def statement_of(
    draw: Draw, program: Program, module: str, place: int, kind: str, like: Statement | None = None
) -> Statement:
    """A statement of a kind; one that defines the names of another one, where that is given."""
    gaps = Gaps(draw, program, module, place, kind, like)
    text = gaps.one_of(KINDS[kind])
    if text is None:  # there is nothing yet that it could be made of
        gaps = Gaps(draw, program, module, place, "n", like)
        text = "<new> = <i>"
    text = gaps.fill(text)
    return Statement(
        like.key if like else 1 + max((s.key for _, _, s in program.statements()), default=0),
        text,
        tuple(gaps.bound),
        tuple(gaps.filled),
        tuple(gaps.late_imports),
        draw(st.sampled_from((0, 0, 0, 1))),
    )


class Gaps:
    """Fills gaps with what is there at one place of a program."""

    def __init__(
        self,
        draw: Draw,
        program: Program,
        module: str,
        place: int,
        letter: str,
        like: Statement | None,
    ) -> None:
        self.draw = draw
        self._letter = letter
        self.program = program
        self.bound: list[str] = []
        self.filled: list[str] = []
        self.late_imports: list[str] = []
        self._given = list(like.binds) if like else []
        shunned = dependents(program, self._given)
        order = list(program.files)
        before = [n for m in order[: order.index(module)] for n in program.files[m].names]
        statements = program.files[module].statements
        above = [n for s in statements[:place] for n in s.binds]
        self._here = [n for n in dict.fromkeys(above) if n not in shunned]
        self._now = [n for n in dict.fromkeys([*before, *above]) if n not in shunned]
        below = [n for s in statements[place:] for n in s.binds]
        self._late = [n for n in dict.fromkeys([*self._now, *below]) if n not in shunned]
        self._far = [n for n in program.homes if n not in {*self._late, *shunned}]

    def one_of(self, texts: Sequence[str]) -> str | None:
        possible = [text for text in texts if all(map(self._is_possible, GAP.findall(text)))]
        return self.draw(st.sampled_from(possible)) if possible else None

    def _is_possible(self, gap: str) -> bool:
        return gap in FREE or gap.startswith("new") or bool(self._choices(gap, False))

    def _choices(self, gap: str, late: bool) -> list[str]:
        gap, _, word = gap.partition(" with ")
        letter = gap.rpartition(":")[2].strip("!=")
        names = self._late if late or gap.startswith("late:") else self._now
        if "far:" in gap:
            names = self._far or self._now
        elif gap.endswith("="):
            names = self._here
        return [name for name in names if name[0] == letter and self._has(name, word)]

    def _has(self, name: str, word: str) -> bool:
        """Whether a statement that binds the name has this word."""
        return not word or any(
            re.search(rf"\b{word}\b", statement.text)
            for _, _, statement in self.program.statements()
            if name in statement.binds
        )

    def fill(self, text: str, late: bool = False, depth: int = 0) -> str:
        return GAP.sub(lambda match: self._indented(match, late, depth), text)

    def _indented(self, match: re.Match[str], late: bool, depth: int) -> str:
        before = match.string[: match.start()].rpartition("\n")[2]
        filled = self._one(match[1], late, depth)
        return filled if before.strip() else filled.replace("\n", f"\n{before}")

    def _one(self, gap: str, late: bool, depth: int) -> str:
        if gap.startswith("new"):
            return self._new(gap)
        if gap == "i":
            return str(self.draw(st.integers(1, 9)))
        if gap == "key":
            taken = map(int, re.findall(r"'key(\d+)'", self.program.text))
            return repr(f"key{1 + max(taken, default=0)}")  # no two put in the same
        if gap in ("e", "le"):
            return self._expression(late or gap == "le", depth)
        if gap in CHOICES:
            chosen = self.one_of(CHOICES[gap]) or ""
            return self.fill(chosen, late, depth + 1)
        return self._known(gap, late)

    def _new(self, gap: str) -> str:
        number = int(gap.partition(":")[0][3:] or 1)
        while len(self.bound) < number:
            is_asked = len(self.bound) == number - 1
            letter = (is_asked and gap.partition(":")[2]) or self._letter
            self.bound.append(self._given.pop(0) if self._given else self._fresh(letter))
        return self.bound[number - 1]

    def _fresh(self, letter: str) -> str:
        taken = {int(name[1:]) for name in (*self.program.homes, *self.bound)}
        return f"{letter}{max(taken, default=0) + 1}"

    def _known(self, gap: str, late: bool) -> str:
        if gap.startswith("home of "):  # told when the text is rendered
            name = self._known(gap.removeprefix("home of "), late)
            self.late_imports.append(name)
            return f"<home of {name}>"
        if gap.startswith("far:") and self.late_imports:
            return self.late_imports[-1]
        name = self.draw(st.sampled_from(self._choices(gap, late)))
        if gap.endswith("!"):
            self.filled.append(name)
        elif gap.endswith("=") and name not in self.bound:
            self.bound.append(name)
        return name

    def _expression(self, late: bool, depth: int) -> str:
        texts = EXPRESSIONS if depth < 2 else EXPRESSIONS[:3]
        return self.fill(self.one_of(texts) or "1", late, depth + 1)


def dependents(program: Program, names: Iterable[str]) -> set[str]:
    """These names, and all whose statements mention them, directly or not."""
    found = set(names)
    while True:
        more = {
            name
            for _, _, statement in program.statements()
            if found.intersection(statement.mentions)
            for name in statement.binds
        } - found
        if not found or not more:
            return found
        found |= more
