"""Stories: a program, and what becomes of it edit by edit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from oracle.draw import (
    Draw,
    dependents,
    inserted,
    new_statement,
    programs,
    statement_of,
    with_reexports,
    with_ways,
)
from oracle.model import FILLERS, NAME, PACKAGE, File, Program, Spot, Statement

NUMBER = re.compile(r"(?<![\w.])\d+\b")
BROKEN = (
    "def (:",
    "raise ValueError('broken')",
    "1 / 0",
    "from nowhere import nothing",
    "x = undefined_",
)
Edit = Callable[[Draw, Program], Program]


@dataclass(frozen=True, repr=False)
class Story:
    """The programs of one story, each with the names of the edits that led to it."""

    programs: tuple[Program, ...]
    edits: tuple[tuple[str, ...], ...]


@st.composite
def stories(draw: Draw, most: int = 5, statements: int = 5) -> Story:
    told = [draw(programs(statements))]
    done: list[tuple[str, ...]] = []
    for _ in range(draw(st.integers(min(2, most), most))):
        program, names = told[-1], list[str]()
        for _ in range(draw(st.sampled_from((1, 1, 1, 2, 3)))):
            edit = draw(st.sampled_from(EDITS))
            edited = edit(draw, program)
            program = edited if edited.is_decided else program
            names.append(edit.__name__)
        # Which file has the last word is not looked at again if only the order of imports changed.
        if program.texts != told[-1].texts and not told[-1].has_other_last_words(program):
            told.append(program)
            done.append(tuple(names))
        for program in same_place_again(draw, told[-1]) if draw(st.integers(0, 2)) == 0 else ():
            told.append(program)
            done.append((another_number.__name__, "again"))
    return Story(tuple(told), tuple(done))


def same_place_again(draw: Draw, program: Program) -> Iterator[Program]:
    """The same number in the same statement, time and again, as somebody does who tries things."""
    spots = [spot for spot in program.statements() if NUMBER.search(spot[2].text)]
    if not spots:
        return
    spot = draw(st.sampled_from(spots))
    found = draw(st.sampled_from(list(NUMBER.finditer(spot[2].text))))
    head, tail = spot[2].text[: found.start()], spot[2].text[found.end() :]
    for number in draw(st.lists(st.integers(1, 9), min_size=2, max_size=4)):
        edited = _with(program, spot, replace(spot[2], text=f"{head}{number}{tail}"))
        if edited.texts != program.texts:
            yield edited
        program = edited


def _spot(draw: Draw, program: Program) -> Spot | None:
    spots = list(program.statements())
    return draw(st.sampled_from(spots)) if spots else None


def _with(program: Program, spot: Spot, *statements: Statement) -> Program:
    """A program with other statements in the place of one."""
    module, place, _ = spot
    now = program.files[module].statements
    return program.with_statements(module, (*now[:place], *statements, *now[place + 1 :]))


def _without(program: Program, spot: Spot) -> Program:
    return _with(program, spot)


# ------------------------------------------------------------------- inside a statement


def another_number(draw: Draw, program: Program) -> Program:
    """One number in one statement: a value, a default, or one in a body."""
    spots = [spot for spot in program.statements() if NUMBER.search(spot[2].text)]
    if not spots:
        return program
    spot = draw(st.sampled_from(spots))
    found = draw(st.sampled_from(list(NUMBER.finditer(spot[2].text))))
    number = str(draw(st.integers(1, 9)))
    text = spot[2].text[: found.start()] + number + spot[2].text[found.end() :]
    return _with(program, spot, replace(spot[2], text=text))


def another_text(draw: Draw, program: Program) -> Program:
    """A statement that defines the same names in another way."""
    spot = _spot(draw, program)
    if spot is None or spot[2].broken:
        return program
    module, place, old = spot
    kind = old.binds[0][0] if old.binds else "-"
    return _with(program, spot, statement_of(draw, program, module, place, kind, old))


# ------------------------------------------------------------------------- statements


def statement_added(draw: Draw, program: Program) -> Program:
    module = draw(st.sampled_from(list(program.files)))
    place = draw(st.integers(0, len(program.files[module].statements)))
    return inserted(program, module, place, new_statement(draw, program, module, place))


def statement_removed(draw: Draw, program: Program) -> Program:
    """One that nothing mentions; now and then one that is missed."""
    spot = _spot(draw, program)
    if spot is None:
        return program
    missed = dependents(program, spot[2].binds) - {*spot[2].binds}
    if missed and draw(st.integers(0, 7)):
        return program
    return _without(program, spot)


def statement_removed_with_users(draw: Draw, program: Program) -> Program:
    spot = _spot(draw, program)
    if spot is None:
        return program
    gone = dependents(program, spot[2].binds) | {*spot[2].binds}
    for module, file in program.files.items():
        kept = tuple(
            s
            for s in file.statements
            if s.key != spot[2].key and not gone.intersection({*s.binds, *s.mentions})
        )
        program = program.with_statements(module, kept)
    return program


def moved_in_its_file(draw: Draw, program: Program) -> Program:
    spot = _spot(draw, program)
    if spot is None:
        return program
    without = _without(program, spot)
    place = draw(st.integers(0, len(without.files[spot[0]].statements)))
    return inserted(without, spot[0], place, spot[2])


def moved_to_another_file(draw: Draw, program: Program) -> Program:
    """To a file below all that it uses and above all that use it.

    Not what binds a name anew: who imports that reads it as it is at the time, or at last.
    """
    spot = _spot(draw, program)
    if spot is None or any(
        {*spot[2].binds} & {*other.binds}
        for _, _, other in program.statements()
        if other != spot[2]
    ):
        return program
    order, homes = list(program.files), program.homes
    users = [m for m, _, s in program.statements() if {*spot[2].binds} & s.mentions]
    users += [m for m, file in program.files.items() if file.reexports.intersection(spot[2].binds)]
    lowest = max((order.index(homes[n]) for n in spot[2].mentions if n in homes), default=0)
    highest = min(map(order.index, users), default=len(order) - 1)
    possible = [module for module in order[lowest : highest + 1] if module != spot[0]]
    if not possible:
        return program
    module = draw(st.sampled_from(possible))
    statements = program.files[module].statements
    used = [i for i, s in enumerate(statements) if {*spot[2].binds} & s.mentions]
    using = [i for i, s in enumerate(statements) if {*s.binds} & spot[2].mentions]
    low, high = max(using, default=-1) + 1, min(used, default=len(statements))
    place = draw(st.integers(min(low, high), high))
    return inserted(_without(program, spot), module, place, spot[2])


def renamed(draw: Draw, program: Program) -> Program:
    """A name, with its uses; now and then without them."""
    if not program.homes:
        return program
    old = draw(st.sampled_from(list(program.homes)))
    new = old[0] + str(1 + max(int(name[1:]) for name in program.homes))
    everywhere = bool(draw(st.integers(0, 7)))

    def name_at(match: re.Match[str]) -> str:
        return new if match[1] == old else match[1]

    def rename(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if name == old else name for name in names)

    for spot in list(program.statements()):
        statement = spot[2]
        if old in statement.binds or everywhere:
            after = replace(
                statement,
                text=NAME.sub(name_at, statement.text).replace(f"of {old}>", f"of {new}>"),
                binds=rename(statement.binds),
                fills=rename(statement.fills),
                late=rename(statement.late),
            )
            program = _with(program, spot, after)
    return program


def gap_above(draw: Draw, program: Program) -> Program:
    """Comments that only move lines."""
    spot = _spot(draw, program)
    return _with(program, spot, replace(spot[2], gap=draw(st.integers(0, 2)))) if spot else program


# ------------------------------------------------------------------------------ files


def _any_file(draw: Draw, program: Program) -> tuple[str, File]:
    return draw(st.sampled_from(list(program.files.items())))


def another_way_to_import(draw: Draw, program: Program) -> Program:
    return with_ways(draw, program, _any_file(draw, program)[0])


def other_reexports(draw: Draw, program: Program) -> Program:
    return with_reexports(draw, program)


def another_doc(draw: Draw, program: Program) -> Program:
    module, file = _any_file(draw, program)
    return program.with_file(
        module, replace(file, doc=draw(st.sampled_from(("", "One.", "Two.\n\nMore."))))
    )


def file_added(draw: Draw, program: Program) -> Program:
    """A new module, and a statement of another one that uses it."""
    module = f"{PACKAGE}.{draw(st.sampled_from(('delta', 'omega')))}"
    if module in program.files:
        return program
    files = [(module, File()), *program.files.items()]
    program = Program(dict(files))
    for place in range(draw(st.integers(1, 2))):
        program = inserted(program, module, place, new_statement(draw, program, module, place))
    return statement_added(draw, program)


def file_removed(draw: Draw, program: Program) -> Program:
    """One that nobody imports any more. A deleted file changes nothing, so what it put into the
    containers of others would stay."""
    module, file = _any_file(draw, program)
    if any(
        {*s.fills} - {*file.names} or any(n[0] in FILLERS for n in s.mentions)
        for s in file.statements
    ):
        return program
    if dependents(program, file.names) - {*file.names} or module in (PACKAGE, "app"):
        return program
    if _has_submodules(program, module):
        return program
    hub = program.files[PACKAGE]
    program = program.with_file(PACKAGE, replace(hub, reexports=hub.reexports - {*file.names}))
    return Program({name: kept for name, kept in program.files.items() if name != module})


def module_to_package(draw: Draw, program: Program) -> Program:
    """alpha.py becomes alpha/__init__.py, or the other way round."""
    module, file = _any_file(draw, program)
    if _has_submodules(program, module):
        return program
    return program.with_file(module, replace(file, is_package=not file.is_package))


def _has_submodules(program: Program, module: str) -> bool:
    return any(other.startswith(f"{module}.") for other in program.files)


# ------------------------------------------------------------------------------ broken


def broken(draw: Draw, program: Program) -> Program:
    """Text that no process can import; or, where there is some, its repair."""
    for spot in list(program.statements()):
        if spot[2].broken:
            return _without(program, spot)
    module, file = _any_file(draw, program)
    place = draw(st.integers(0, len(file.statements)))
    key = 1 + max((s.key for _, _, s in program.statements()), default=0)
    text = draw(st.sampled_from(BROKEN))
    return inserted(program, module, place, Statement(key, text, broken=True))


EDITS: tuple[Any, ...] = (
    *(another_number,) * 6,
    *(another_text,) * 5,
    *(statement_added,) * 4,
    *(statement_removed,) * 2,
    statement_removed_with_users,
    *(moved_in_its_file,) * 2,
    *(moved_to_another_file,) * 3,
    renamed,
    gap_above,
    another_way_to_import,
    other_reexports,
    another_doc,
    module_to_package,
    file_added,
    file_removed,
    *(broken,) * 2,
)
