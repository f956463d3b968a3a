"""What one refresh did, as data and as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from heatsync._engine.texts.taken import Outcome, StillOld, Taken
from heatsync._engine.texts.words import attempt, paragraph
from heatsync._resident.brief import shortened, told_error


@dataclass(frozen=True, slots=True)
class Report:
    """What one refresh did to the live process.

    `files` are the absolute paths whose text had changed; `steps` what was done, in order;
    `error` what went wrong, in which case nothing was changed; `seconds` how long it took;
    `notes` what the reader should know beyond that, as sentences; `outcomes` the names that came
    out different; `attempted` the step that was being taken when code of yours raised.

    >>> from heatsync import Report
    >>> print(Report(files=("/project/app.py",), seconds=0.0012))
    /project/app.py: no code changed (1.2 ms)
    """

    files: tuple[str, ...]
    steps: tuple[Taken, ...] = ()
    error: BaseException | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = field(default=())
    outcomes: tuple[Outcome, ...] = field(default=(), repr=False)
    attempted: Taken | None = None
    look: Callable[[], Iterable[StillOld]] | None = field(default=None, repr=False, compare=False)

    @property
    def trace(self) -> list[str]:
        """The steps as short words, such as `["drop app.g", "patch app.f"]`."""
        return [str(step) for step in self.steps]

    def explain(self) -> str:
        """What was done and why, as text: a paragraph for each step, with all that led to it.

        >>> from heatsync import Action, Cause, Report, Taken
        >>> step = Taken(Action.RERUN, "app.AREA", "/srv/app.py", 3, Cause("it reads app.SIZE"))
        >>> print(Report(("/srv/app.py",), (step,)).explain())
        app.AREA ran again and came out the same: it reads app.SIZE
        """
        head = str(self).partition("\n")[0]
        if self.attempted is not None:
            return "\n".join([head, *self.notes, f"Raised as {attempt(self.attempted)}"])
        by_step: dict[int, list[Outcome]] = {}
        for outcome in self.outcomes:
            by_step.setdefault(id(outcome.by), []).append(outcome)
        told = [paragraph(step, by_step.get(id(step), ())) for step in self.steps]
        if not told:
            told = [head]
        return "\n".join([*told, *self.notes, *self._in_flight()])

    @property
    def still_old(self) -> list[StillOld]:
        """What goes on as it was before: calls in progress, suspended generators and coroutines,
        edited code that is not run again.

        Each time it is asked for, it is looked for among what there is then: calls end. That
        takes the longer the more objects the process has, as only the heap knows generators.

        >>> from heatsync import Report
        >>> Report(("/srv/app.py",)).still_old
        []
        """
        noted = [note for note in self.notes if isinstance(note, StillOld)]
        return [*noted, *self._in_flight()]

    def _in_flight(self) -> Iterable[StillOld]:
        return self.look() if self.look else ()

    def __str__(self) -> str:
        files = ", ".join(map(shortened, self.files))
        took = f"({self.seconds * 1000:.1f} ms)"
        if self.error is not None:
            said = f"{told_error(self.error)}; still running the previous version {took}"
            return "\n  ".join([f"{files}: {said}", *self.notes])
        done = ", ".join(self.trace) or "no code changed"
        return "\n  ".join([f"{files}: {done} {took}", *self.notes])
