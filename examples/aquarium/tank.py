"""The tank, and who lives in it."""

from fish import Fish
from settings import WATER, WIDTH

FISHES = [Fish(place=3, speed=1), Fish(place=20, speed=-2), Fish(place=33, speed=3)]


def look():
    """The tank as a line of text."""
    line = list(WATER * WIDTH)
    for fish in FISHES:
        drawn = fish.drawn()
        start = max(0, min(fish.place, WIDTH - len(drawn)))
        line[start : start + len(drawn)] = drawn
    return "|" + "".join(line) + "|"
