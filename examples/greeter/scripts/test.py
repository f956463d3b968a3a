"""Processes a name."""

from heatsync import Heatsync

sync = Heatsync()  # every Heatsync of a process shares the same live modules
utils = sync.require("../modules/utilities.py")


def process(name):
    utils.epic(name)
