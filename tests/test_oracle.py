"""After any edit of any program, the live process is as one that imports the new files anew."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, seed, settings

from oracle.check import Counts, live_through, remove
from oracle.edits import Story, stories
from oracle.fresh import FreshProcess

EXAMPLES = 150  # on each Python, which are others on each of them
EDITS, STATEMENTS = 4, 4  # at most: in a story, in a file

settings.register_profile(
    "oracle",
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def fresh() -> Iterator[FreshProcess]:
    with FreshProcess() as process:
        yield process


def test_any_edit_of_any_program(
    fresh: FreshProcess, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("oracle")
    numbers = itertools.count()
    counts = Counts()

    @settings(settings.get_profile("oracle"))
    @seed(sys.version_info.minor)
    @given(stories(EDITS, STATEMENTS))
    def lives_through(story: Story) -> None:
        root = str(folder / str(next(numbers)))
        try:
            live_through(story, root, fresh, counts)
        finally:
            remove(root)

    lives_through()
    assert counts.edits > counts.refused
