"""The function whose body was edited last is edited again, of which most saves are.

What follows from that is known. Who reads a function, and how, is told by all the text around its
body: where that is the same as with the last edit, which did nothing but exchange the code of that
function, this one does nothing else either. So there need be no tree and no plan: the statement is
compiled, and if it comes out the same but for the code of that function, that is exchanged. The
text is parsed when somebody looks into it.

What stands below in the file may move. Whatever else happens in between, or is not as plain as
that, goes the whole way.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType

from heatsync._engine.batches import caches
from heatsync._engine.batches.libraries import Libraries, loaded
from heatsync._engine.batches.vessels import Vessels
from heatsync._engine.files.pending import PendingWorld
from heatsync._engine.files.stale import Found
from heatsync._engine.objects import abstract, garbage
from heatsync._engine.objects.functions import docstring, held_at
from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.recode import exchange
from heatsync._engine.objects.reloaded import tell_instances
from heatsync._engine.texts import compiling
from heatsync._engine.texts.codes import nested_codes
from heatsync._engine.texts.graph import Graph, Ref
from heatsync._engine.texts.once import once
from heatsync._engine.texts.source import Source
from heatsync._engine.texts.taken import Outcome, Record, Taken, with_lines
from heatsync._engine.walking.served import calls, launches
from heatsync._resident.live import Edited, Live, Running
from heatsync._resident.owned import things_of

# What a body says by which more may follow than from another body.
_SAYS_MORE = ("import", "global", "cache", "\r", "\0")


@dataclass
class Again:
    """What is known of the function that was edited last."""

    running: Running
    base: Source  # the latest text that was looked into
    number: int  # of the section that it is in
    lines: int  # of that, but for the first
    unit: CodeType  # what its top-level statement is compiled to
    code: CodeType  # of the function
    ref: Ref
    data: bytes  # the whole text that is running
    taken: Taken
    outcomes: Sequence[Outcome]
    touched: Sequence[Ref]  # the classes it is in
    libraries: Sequence[str]  # that were loaded, of which there are adapters
    may_serve: bool  # whether libraries are among them of which applications may be served
    users_may_serve: bool  # and may have been made by those who read the function

    def next(self, live: Live, found: Found) -> Next | None:
        """What to do about texts that were found; None where more may follow from them."""
        data = found.texts.get(self.running.file)
        if data is None or not self._is_all(live, found):
            return None
        part = self._part(data)
        if part is None or _says_more(part):
            return None
        lines = part.count("\n") - self.lines
        if lines and not self._can_move:
            return None
        unit = self._compiled(part)
        code = _other_code(self.unit, unit, self.code) if unit else None
        return Next(live, found, self, part, lines, unit, code) if unit and code else None

    @property
    def _can_move(self) -> bool:
        """Whether no more has to be known of what stands below than that it stands elsewhere."""
        return "." not in self.ref.name and self.running.begun is None

    def _part(self, data: bytes) -> str | None:
        """The section in a new text; None where that differs elsewhere, too."""
        if self._around is None:
            return None
        head, tail = self._around
        end = len(data) - len(tail)
        if end < len(head) or not data.startswith(head) or not data.endswith(tail):
            return None
        try:
            return data[len(head) : end].decode()
        except UnicodeDecodeError:
            return None

    @once
    def _around(self) -> tuple[bytes, bytes] | None:
        """What stands above the section and below it. None where the bytes are no plain text, or
        the old body says more, too."""
        text, section = self.base.text, self.base.sections[self.number]
        part, rest = section.stretch.text, text.split("\n", section.line - 1)[-1]
        head = text[: len(text) - len(rest)].encode()
        upto = head + part.encode()
        if _says_more(part) or not self.data.startswith(upto):
            return None
        return head, self.data[len(upto) :]

    def _is_all(self, live: Live, found: Found) -> bool:
        """Whether nothing else happened, to the texts or otherwise."""
        running = self.running
        return (
            len(found.texts) == 1
            and not (found.recovered or found.away or found.refused or found.homes)
            and not (live.failed or live.gone)
            and live.at(running.file) == [running]
            and running.data is self.data
            and not running.drift
            and not things_of(running)
            and loaded() == self.libraries
        )

    def _compiled(self, part: str) -> CodeType | None:
        source, line = self.base, self.base.sections[self.number].line
        text = f"{part}{source.show_imports}"
        return compiling.unless_told(text, line, source.file, source.flags)

    def function(self, live: Live, part: str) -> FunctionType | None:
        """The function, where it is as it was left."""
        function = held_at(self.running.namespace, self.ref.name)
        if type(function) is not FunctionType or function.__code__ is not self.code:
            return None
        refs = (outcome.ref for outcome in self.outcomes)
        if any(any(caches.caches_of(live.value_at(ref), ref)) for ref in refs):
            return None
        may_be_factory = self.may_serve and (self.users_may_serve or calls(part))
        return None if may_be_factory and _is_anything_served(live) else function


class Next:
    """The next text of that function: does as `Anew`, of what need not be found out."""

    def __init__(
        self,
        live: Live,
        found: Found,
        again: Again,
        part: str,
        lines: int,
        unit: CodeType,
        code: CodeType,
    ) -> None:
        self.found = found
        self._data = found.texts[again.running.file]
        self._live = live
        self._again = again
        self._part = part
        self._lines = lines  # how far what is below moves
        self._unit = unit
        self._code = code
        self._outcomes = again.outcomes
        self._function: FunctionType | None = None
        self._text: Source | Edited = _Edited(again, self._data, part)

    def still(self) -> Next | None:
        """Itself, where the function is as it was left."""
        self._function = self._again.function(self._live, self._part)
        return self if self._function is not None else None

    def apply(self, journal: Journal, record: Record) -> None:
        """Exchanges the code. What instances of its class do about it may raise."""
        live, again = self._live, self._again
        assert self._function is not None
        if again.touched:
            journal.protect_modules()
        if self._lines:
            self._move(self._function, journal)
        else:
            journal.swap([(self._function, "__code__", self._code)])
        record.taken.append(again.taken)
        record.outcomes.extend(self._outcomes)
        if again.touched:
            touched = [live.value_at(ref) for ref in again.touched]
            abstract.behaves_anew(touched)
            tell_instances(journal, touched)

    def _move(self, function: FunctionType, journal: Journal) -> None:
        """Exchanges the code, and has what stands below tell its new lines."""
        live, again, name = self._live, self._again, self._again.running.name
        source = again.base.with_text_of(again.number, self._part, self._data.decode())
        behind = slice(again.number + 1, None)
        moved = list(zip(again.base.sections[behind], source.sections[behind], strict=True))
        graph = Graph(PendingWorld(live, {name: source}))
        exchange(function, self._code, name, moved, graph, live, journal)
        self._text = source
        self._outcomes = with_lines(again.outcomes, again.taken, self._lines)

    def succeed(self, journal: Journal) -> None:
        """This is the text that is running."""
        live = self._live
        live.become(self._again.running, self._data, self._text, imports_the_same=True)
        live.suspects.clear()
        live.tried.clear()

    def again(self, record: Record, journal: Journal) -> Again:
        """The same for the text after this one."""
        again = self._again
        again.data, again.outcomes = self._data, self._outcomes
        again.unit, again.code = self._unit, self._code
        if self._lines:
            assert isinstance(self._text, Source)
            again.base, again.lines = self._text, again.lines + self._lines
        return again


class _Edited(Edited):
    """A text of which that function is all that differs from one that was looked into."""

    def __init__(self, again: Again, data: bytes, part: str) -> None:
        self._again, self._data, self._part = again, data, part
        self.file = again.base.file

    def source(self, running: Running) -> Source:
        """The new text, which is parsed as far as somebody looks."""
        base, number = self._again.base, self._again.number
        source = base.with_text_of(number, self._part, self._data.decode())
        if running.begun is not None:
            old, new = (text.sections[number].statements[0] for text in (base, source))
            running.begun = {
                first: new if now is old else now for first, now in running.begun.items()
            }
        self._again.base = source
        return source


def _is_anything_served(live: Live) -> bool:
    """Whether a call at run time has made an application, as such are made again."""
    journal, notes = Journal(), list[str]()
    libraries = Libraries(journal, notes, live.modules)
    vessels = Vessels(journal, libraries)
    found = any(launches(live, Graph(PendingWorld(live, {})), libraries, vessels)) or bool(notes)
    garbage.let_go(libraries, vessels)
    return found


def _says_more(part: str) -> bool:
    return any(word in part for word in _SAYS_MORE)


# ------------------------------------------------------------ what is compiled to the same


def _other_code(old: CodeType, new: CodeType, code: CodeType) -> CodeType | None:
    """The code that a function has in a new unit, where the old one differs in nothing else."""
    both = _only_difference(old, new)
    if both is None:
        return None
    if both[0] is code:
        return both[1] if _fits(code, both[1]) else None
    is_function = both[0].co_flags & inspect.CO_OPTIMIZED  # which a class block has not
    return None if is_function else _other_code(*both, code)


def _only_difference(old: CodeType, new: CodeType) -> tuple[CodeType, CodeType] | None:
    """The one code among the constants of two others in which these differ."""
    if len(old.co_consts) != len(new.co_consts):
        return None
    pairs = zip(old.co_consts, new.co_consts, strict=True)
    differing = [
        (one, other)
        for one, other in pairs
        if type(one) is CodeType and type(other) is CodeType and one != other
    ]
    if len(differing) != 1:
        return None
    [(one, other)] = differing
    constants = tuple(one if constant is other else constant for constant in new.co_consts)
    # Where in its lines a definition ends is all that may differ besides.
    same = new.replace(co_consts=constants, co_linetable=old.co_linetable) == old
    return (one, other) if same else None


def _fits(old: CodeType, new: CodeType) -> bool:
    """Whether only the bodies differ of two functions of which nothing else need be known."""
    return (
        _header(old) == _header(new)
        and not nested_codes(new)
        and docstring(old) == docstring(new)
        and new.replace(co_linetable=old.co_linetable) != old  # or it is only laid out differently
    )


def _header(code: CodeType) -> tuple[object, ...]:
    flags = code.co_flags
    named = code.co_argcount + code.co_kwonlyargcount
    more = bool(flags & inspect.CO_VARARGS) + bool(flags & inspect.CO_VARKEYWORDS)
    return (
        code.co_qualname,
        code.co_firstlineno,
        flags,
        code.co_posonlyargcount,
        code.co_argcount,
        code.co_kwonlyargcount,
        code.co_varnames[: named + more],
        code.co_freevars,
    )
