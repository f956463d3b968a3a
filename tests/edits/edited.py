"""What an edit of a small project is told by."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Edited:
    """The files of a project before and after an edit; None for one that is not there."""

    before: dict[str, str]
    after: dict[str, str | None]
    use: str = ""  # what the running program did meanwhile
    data: tuple[str, ...] = field(default=())
