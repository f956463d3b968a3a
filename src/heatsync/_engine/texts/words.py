"""What was done and why, told in words."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from types import FunctionType

from heatsync._engine.texts.graph import Grade, Graph, Manner, Reading, Ref
from heatsync._engine.texts.kinds import Kinds, name_of, qualname_of
from heatsync._engine.texts.names import DEFINITIONS, How, dotted
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import Action, Cause, Kind, Outcome, Passed, Planned, Taken
from heatsync._resident.brief import shortened

LONGEST = 40  # characters of a value that are shown
_MOST = 4  # elements of a tuple
LINKS = 12  # of a chain, its end included

_VERBS = {
    Manner.NAME: "names",
    Manner.HOLD: "reads",
    Manner.GIVE: "reads",
    Manner.CONSTRUCT: "makes an instance of",
    Manner.PASS: "passes on",
    Manner.SUBCLASS: "derives from",
    Manner.LOOK: "looks into",
    Manner.CALL: "calls",
}
_DID = {
    Action.DROP: "was dropped",
    Action.PATCH: "was patched",
    Action.RUN: "ran",
    Action.MOVE: "was kept",
    Action.RERUN: "ran again",
    Action.SYNC: "was synced",
}


_DO = {
    Action.DROP: "be dropped",
    Action.PATCH: "be patched",
    Action.RUN: "run",
    Action.RERUN: "run again",
    Action.SYNC: "be synced",
    Action.MOVE: "be kept",
}


def named(module: str, statement: Statement) -> str:
    """What a report calls a statement."""
    label = statement.label
    return f"{module}{':' if label.isdigit() else '.'}{label}"


# ----------------------------------------------------------------------------- values


_SHORT = Kinds((bool, float, complex, range, type(...)))
_TEXTS = Kinds((str, bytes))


def shown(value: object, depth: int = 2) -> str:
    """A value in a few characters: of plain immutable ones what they are, of others their type.

    No code of theirs runs: a foreign `__repr__` may be slow, raise, or do anything.
    """
    kind = type(value)
    if value is None or kind in _SHORT:
        return repr(value)
    if kind is int and value.bit_length() < 128:  # type: ignore[attr-defined]
        return repr(value)
    if kind in _TEXTS:
        text: str | bytes = value  # type: ignore[assignment]
        return repr(text) if len(text) <= LONGEST else f"{text[:LONGEST]!r}…"
    if kind is tuple and depth:
        return f"({_elements(value, depth - 1)})"  # type: ignore[arg-type]
    if kind is FunctionType:
        return f"<function {value.__qualname__}>"  # type: ignore[attr-defined]
    if issubclass(kind, type):
        return f"<class {name_of(value)}>"
    return f"<{qualname_of(kind)}>"


def _elements(values: Sequence[object], depth: int) -> str:
    told = ", ".join(shown(value, depth) for value in values[:_MOST])
    if len(values) > _MOST:
        return f"{told}, …"
    return f"{told}," if len(values) == 1 else told


# ------------------------------------------------------------------------------- uses


def used(
    graph: Graph, module: str, statement: Statement, reading: Reading, grade: Grade = Grade.REBOUND
) -> str:
    """How a statement uses a name that came out different: "it reads config.BASE"."""
    verb = _VERBS[reading.manner]
    if reading.manner is Manner.HOLD and statement.names.imports:
        verb = "imports"
    elif reading.manner is Manner.CALL and _decorates(graph, module, statement, reading.ref):
        verb = "is decorated with"
    elif reading.manner is Manner.LOOK and grade is Grade.REBOUND:
        verb = "reads"
    return f"it {verb} {reading.ref}"


def _decorates(graph: Graph, module: str, statement: Statement, ref: Ref) -> bool:
    node = statement.node
    for decorator in node.decorator_list if isinstance(node, DEFINITIONS) else ():
        path = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if path and graph.resolve(module, statement.owner, path)[-1] == ref:
            return True
    return False


def held(statement: Statement, reading: Reading) -> str:
    """How a statement that is not run again has a name: "it holds lib.f"."""
    if reading.manner in (Manner.HOLD, Manner.GIVE):
        verb = "is" if statement.names.imports else "holds"
    else:
        verb = _VERBS[reading.manner]
    return f"it {verb} {reading.ref}"


def used_late(statement: Statement, ref: Ref) -> str:
    """How the functions of a statement use a name when they are called."""
    word = ref.name.rpartition(".")[2]
    for part in (statement, *statement.every_member()) if statement.is_class else (statement,):
        for use in part.names.late:
            if use.path[-1] == word and use.how is How.CALL:
                return f"it calls {ref}"
    return f"it reads {ref}"


# ----------------------------------------------------------------------------- causes


def paragraph(step: Taken, outcomes: Iterable[Outcome]) -> str:
    """One step with all that led to it, a line for each statement on the way."""
    name = subject(step)
    did = _DID[step.action]
    last = {o.ref: o for o in outcomes if not step.ref.startswith(f"{o.ref}.")}
    binds = ":" not in step.ref
    if step.action is Action.RERUN and binds and not last:
        did += " and came out the same"
    origin = step.action is Action.RUN and step.cause.by is None
    told = _came_out(list(last.values())) if origin and binds else ""
    return f"{name} {did}: {_why(step)}{told}"


def attempt(step: Taken) -> str:
    """A step in which something raised: nothing came out of it."""
    return f"{subject(step)} {_DID[step.action]}: {_why(step)}"


def _why(step: Taken) -> str:
    if step.cause.by is not None or step.action is Action.RERUN:
        return because(step.cause)
    return f"{step.cause.words}{_at(step)}"


def subject(done: Taken | Passed) -> str:
    """What a sentence calls a statement."""
    return done.ref if ":" not in done.ref else f"line {done.line} of {shortened(done.file)}"


def because(cause: Cause) -> str:
    """A cause, and in turn that of what made it so, down to the statement that was edited."""
    links = list(_links(cause))
    if len(links) > LINKS:
        links[LINKS - 2 : -1] = [f"{links[LINKS - 2]}\n    … {len(links) - LINKS} more …"]
    return "\n    as ".join(links)


def _links(cause: Cause) -> Iterator[str]:
    text = cause.words
    while cause.by is not None:
        by, outcome = cause.by, cause.outcome
        if outcome is not None:
            text += f", {_clause(outcome)}"
        if outcome is None or not isinstance(by, Passed):
            if isinstance(by, Taken) and by.action is not Action.RERUN:
                break
            yield text
            text = _sentence(by)
        cause = by.cause
    yield text


def _sentence(done: Taken | Passed) -> str:
    words = str(done.cause)
    if words.startswith("its "):
        return f"{subject(done)}'s {words.removeprefix('its ')}"
    return f"{subject(done)} {_without_it(done.cause)}" if words.startswith("it ") else words


def _without_it(cause: Cause) -> str:
    return cause.words.removeprefix("it ")


def _clause(outcome: Outcome) -> str:
    """How a name came out: "which line 3 of config.py rebound from 10 to 20"."""
    by, where = outcome.by, f"line {outcome.by.line} of {shortened(outcome.by.file)}"
    is_part = by.ref.startswith(f"{outcome.ref}.")
    if isinstance(by, Passed):
        if by.cause.by is None:  # it is gone or was edited, and what it had put there is unknown
            return f"which {subject(by)} had filled, and that {_without_it(by.cause)}"
        does = _without_it(by.cause)
        return f"in which {by.ref} {does}" if is_part else f"which {does}"
    if by.action is Action.SYNC:
        return f"which was read again from {shortened(by.file)}"
    if by.action is Action.DROP:
        gone = f"is gone from {shortened(by.file)}"
        return f"in which {by.ref} {gone}" if is_part else f"which {gone}"
    if by.action is Action.PATCH:
        return (
            f"{f'in which the body of {by.ref}' if is_part else 'whose body'} was edited at {where}"
        )
    if is_part:
        will = f"is to {_DO[by.action]}" if isinstance(by, Planned) else _DID[by.action]
        return f"in which {by.ref} {will}, at {where}"
    if isinstance(by, Planned):
        return f"which {where} {'changes' if is_certain(outcome) else 'may change'}"
    if outcome.grade is Grade.PATCHED:
        return f"which behaves anew since {where} ran"
    return f"which {where} {_change(outcome)}"


def _change(outcome: Outcome) -> str:
    before, after = outcome.before, outcome.after
    if outcome.grade is not Grade.REBOUND:
        return outcome.grade.name.lower()
    if before and after:
        return (
            f"rebound to another {after}"
            if before == after
            else f"rebound from {before} to {after}"
        )
    if after:
        return f"bound to {after}"
    return "unbound" if before else "rebound"


def _came_out(outcomes: list[Outcome]) -> str:
    if not outcomes:
        return ", and came out the same"
    if len(outcomes) == 1:
        return f", and {_change(outcomes[0])}"
    return "; " + ", ".join(f"{outcome.ref.name} {_change(outcome)}" for outcome in outcomes)


def _at(step: Taken) -> str:
    file = shortened(step.file)
    if step.action is Action.DROP:
        return f" from {file}"
    if step.action is Action.SYNC or ":" in step.ref:
        return ""
    return f" at line {step.line} of {file}"


# --------------------------------------------------------------------------- forecast


def is_certain(outcome: Outcome) -> bool:
    """Whether a name is going to come out different, whatever the values are."""
    by = outcome.by
    if isinstance(by, Passed):
        return by.cause.outcome is not None and is_certain(by.cause.outcome)
    if isinstance(by, Planned) and not by.certain:
        return False
    if by.action not in (Action.RUN, Action.RERUN):
        return True
    is_new = outcome.grade is Grade.REBOUND and not outcome.before
    return is_new or outcome.grade in (Grade.PATCHED, Grade.RENEWED)


def forecast(step: Planned) -> str:
    """One step that is to be taken, with what leads to it."""
    if step.certain or step.cause.outcome is None:
        return f"{subject(step)} will {_DO[step.action]}: {_why(step)}"
    outcome, path = step.cause.outcome, step.cause.words
    while isinstance(outcome.by, Passed) and outcome.by.cause.outcome is not None:
        path += f", {_clause(outcome)}"
        outcome = outcome.by.cause.outcome
    told = f"{subject(step)} may {_DO[step.action]} if {outcome.ref} comes out different"
    return told if outcome is step.cause.outcome else f"{told}: {path}"


# -------------------------------------------------------------------------- still old


def old_call(kind: Kind, ref: str, file: str, line: int, count: int, who: tuple[str, ...]) -> str:
    """ "A thread is in app.f as it was"; where it stands is told by the text it was made from."""
    before = f"line {line} of the previous {shortened(file)}"
    if kind is Kind.CALL:
        return f"{ref} goes on as it was in {_who('thread', who)}, at {before}"
    things = f"{count} {kind}s" if count > 1 else f"{'an' if kind[0] == 'a' else 'a'} {kind}"
    of = f" ({_who('task', who)})" if who else ""
    go = "goes" if count == 1 else "go"
    return (
        f"{things} of {ref}{of} {go} on as {'it was' if count == 1 else 'they were'}, at {before}"
    )


def _who(word: str, names: tuple[str, ...]) -> str:
    told = ", ".join(names[:_MOST]) + (", …" if len(names) > _MOST else "")
    return f"{word} {told}" if len(names) == 1 else f"{word}s {told}"
