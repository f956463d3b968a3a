"""No text, and no edit of any text, brings the pure half to anything but what it documents."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from fuzz.corpus import some_files
from fuzz.stories import Counts, Story, live_through_story, stories

settings.register_profile(
    "fuzz",
    max_examples=250,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_any_edit_of_any_text() -> None:
    counts = Counts()

    @settings(settings.get_profile("fuzz"))
    @given(stories(some_files()))
    def lives_through(story: Story) -> None:
        live_through_story(story, counts, slow=20)

    lives_through()
    assert counts.inputs > counts.python > counts.inputs / 5
