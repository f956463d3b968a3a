"""The keeper: flashes every so often, and tells of it."""

from lamp import lamp
from sea import LOG

from heatsync import remember, temporary

SECONDS = 0.4
flashes = remember(lambda: [0])


def flash():
    flashes[0] += 1
    last = f", last {LOG[-1]}" if LOG else ""
    print(f"flash {flashes[0]}, {lamp.color}; ships seen: {len(LOG)}{last}", flush=True)


timer = temporary.interval(flash, SECONDS)
