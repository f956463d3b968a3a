"""What a refresh would do, as data and as text."""

from __future__ import annotations

from dataclasses import dataclass

from heatsync._engine.texts.taken import Planned
from heatsync._engine.texts.words import forecast
from heatsync._resident.brief import shortened, told_error


@dataclass(frozen=True, slots=True)
class Preview:
    """What a refresh would do now.

    `files` are the absolute paths whose text has changed; `steps` what would be done, in order;
    `error` what is wrong with a text, in which case nothing would be done; `notes` what the reader
    should know beyond that, as sentences.

    >>> from heatsync import Action, Planned, Preview
    >>> print(Preview(("/srv/app.py",), (Planned(Action.RUN, "app.SIZE", "/srv/app.py", 3),)))
    /srv/app.py: to be applied
      app.SIZE will run: it was edited at line 3 of /srv/app.py
    """

    files: tuple[str, ...]
    steps: tuple[Planned, ...] = ()
    error: BaseException | None = None
    notes: tuple[str, ...] = ()

    @property
    def trace(self) -> list[str]:
        """The steps as short words, such as `["run app.SIZE", "perhaps rerun app.AREA"]`."""
        return [str(step) for step in self.steps]

    def __str__(self) -> str:
        files = ", ".join(map(shortened, self.files))
        if self.error is not None:
            return f"{files}: not to be applied; {told_error(self.error)}"
        told = [forecast(step).replace("\n", "\n  ") for step in self.steps]
        head = f"{files}: to be applied" if told else f"{files}: no code changed"
        return "\n  ".join([head, *told, *self.notes])
