"""The sea: a thread that looks out for ships, and what it has seen."""

import itertools

from heatsync import remember, temporary

SHIPS = ("Ariel", "Bounty", "Cutty Sark")
PAUSE = 0.5
LOG = remember(list)


def look_out(stop, ships):
    for ship in itertools.cycle(ships):
        if stop.wait(PAUSE):
            return
        LOG.append(ship)


lookout = temporary.thread(look_out, SHIPS)
