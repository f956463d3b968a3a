"""One thing that a reload did, and why, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from heatsync._engine.texts.graph import Grade, Manner, Ref


class Action(StrEnum):
    """What was done about one statement."""

    DROP = "drop"  # its names were removed, or what it had registered or set
    PATCH = "patch"  # only function bodies differed: code swapped, nothing run
    RUN = "run"  # it is new or was edited, and was run
    MOVE = "move"  # it stood in another file: what it had made is kept
    RERUN = "rerun"  # it was not edited, but something that it uses came out different
    SYNC = "sync"  # a data file was read again, and poured into the value made from it


@dataclass(frozen=True, slots=True)
class Outcome:
    """A name that came out different: in what way, and by what.

    `before` and `after` are the values of one that is bound to another one, as short texts; ""
    where there is none.
    """

    ref: Ref
    grade: Grade
    by: Taken | Passed = field(repr=False, compare=False)  # or a report's text would be endless
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something was done: in words, and step by step back to what was edited.

    `manner` tells how the statement uses the name that came out different, `outcome` how that
    came out, `by` what made it so. All are None where the statement itself was edited.

    >>> from heatsync import Cause
    >>> print(Cause("it reads app.SIZE"))
    it reads app.SIZE
    """

    words: str
    manner: Manner | None = None
    outcome: Outcome | None = field(default=None, repr=False, compare=False)
    by: Taken | Passed | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return self.words

    @property
    def chain(self) -> list[Taken | Passed]:
        """What led to it, from the nearest to the statement that was edited."""
        found = []
        cause = self
        while cause.by is not None:
            found.append(cause.by)
            cause = cause.by.cause
        return found


EDITED = Cause("it was edited")
ADDED = Cause("it is new")
BODY_EDITED = Cause("its body was edited")
DOCUMENTED = Cause("its docstring was edited, which its decorators may have read")
UNFIT = Cause("its body was edited, and its code could not be exchanged")
GONE = Cause("it is gone")
STANDS_ELSEWHERE = Cause("it stands elsewhere in the text")


@dataclass(frozen=True, slots=True)
class Taken:
    """One step that was taken: what was done, to which statement, and why."""

    action: Action
    ref: str  # "app.f", "app.Service.run"; "app:12" for a statement that binds no name
    file: str
    line: int
    cause: Cause = EDITED

    def __str__(self) -> str:
        return f"{self.action} {self.ref}"


@dataclass(frozen=True, slots=True)
class Planned(Taken):
    """A step that a refresh would take; one that is not `certain` depends on how values come out."""

    certain: bool = True

    def __str__(self) -> str:
        return f"{'' if self.certain else 'perhaps '}{self.action} {self.ref}"


@dataclass(frozen=True, slots=True)
class Passed:
    """A statement that was not run, and by which something that came out different is passed on.

    A function that calls it, a list that holds it, an import of it: they behave anew.
    """

    ref: str
    file: str
    line: int
    cause: Cause


class Kind(StrEnum):
    """What it is that goes on as it was."""

    CALL = "call"  # a thread is inside a function
    GENERATOR = "generator"
    COROUTINE = "coroutine"
    ASYNC_GENERATOR = "async generator"
    INSTANCE = "instance"  # of a class that its layout kept from becoming the new one
    PROGRAM = "program"  # what is never run again
    FUNCTION = "function"  # one to which somebody else has given other code


class StillOld(str):
    """Something that goes on as it was before a reload: a sentence, and the same as data.

    `kind` what it is; `ref` the function, class or statement, a str such as "app.serve"; `file`;
    `line` where a call stands, in the text that it was made from, or where a statement is;
    `many` how many of them there are; `who` the names of their threads or asyncio tasks.

    >>> from heatsync import Kind, StillOld
    >>> old = StillOld("2 generators of app.f go on", Kind.GENERATOR, "app.f", "/srv/app.py", 3, 2)
    >>> print(old, "-", old.kind, old.line)
    2 generators of app.f go on - generator 3
    """

    kind: Kind
    ref: str
    file: str
    line: int
    many: int
    who: tuple[str, ...]

    def __new__(
        cls,
        words: str,
        kind: Kind,
        ref: str,
        file: str = "",
        line: int = 0,
        many: int = 1,
        who: tuple[str, ...] = (),
    ) -> StillOld:
        old = super().__new__(cls, words)
        old.kind, old.ref = kind, ref
        old.file, old.line = file, line
        old.many, old.who = many, who
        return old


@dataclass(slots=True)
class Record:
    """What a batch did so far."""

    taken: list[Taken] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def with_lines(outcomes: Sequence[Outcome], taken: Taken, lines: int) -> Sequence[Outcome]:
    """The same outcomes, all by one step, where what is below that in its file has moved."""
    known: dict[int, Any] = {id(taken): taken}

    def moved(one: Outcome | Taken | Passed | None) -> Any:
        if one is None:
            return None
        if id(one) not in known:  # as a rule, what led to it is, so that this does not go deep
            known[id(one)] = with_line(one)
        return known[id(one)]

    def with_line(one: Outcome | Taken | Passed) -> Outcome | Taken | Passed:
        if isinstance(one, Outcome):
            return replace(one, by=moved(one.by))
        cause = replace(one.cause, outcome=moved(one.cause.outcome), by=moved(one.cause.by))
        is_below = one.file == taken.file and one.line > taken.line
        return replace(one, line=one.line + lines * is_below, cause=cause)

    return [*map(moved, outcomes)]
