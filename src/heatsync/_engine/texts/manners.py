"""In what way a name came out different, and in what manner a statement uses one."""

from __future__ import annotations

from enum import IntEnum


class Grade(IntEnum):
    """In what way a name came out different."""

    SAME = 0
    PATCHED = 1  # the same object; functions in it, or that it calls, behave anew
    RENEWED = 2  # the same function or class, with another header or other members
    REFILLED = 3  # the same container, with other contents
    POURED = 4  # the same object of a library, which became the one that was made anew
    REPLACED = 5  # a class that is another object, to which its instances went over
    REBOUND = 6  # another value, or none


class Manner(IntEnum):
    """How a statement uses a name, once it is known what the name stands for."""

    NAME = 0  # in an annotation: other code in it makes no difference
    HOLD = 1
    GIVE = 2  # hands it to a constructor, which keeps it
    CONSTRUCT = 3
    PASS = 4  # hands it to a function, which may look into it
    SUBCLASS = 5
    LOOK = 6
    CALL = 7
    LATE = 8  # in a function, when that is called: never a reason to run


# From which grade on a use is a reason to run the statement again. Below it, the statement
# keeps what it has, and those who read *it* are told that it behaves anew.
THRESHOLD = {
    Manner.NAME: Grade.REPLACED,
    Manner.HOLD: Grade.REPLACED,
    Manner.GIVE: Grade.POURED,  # it may have put something of its own into it: `Admin(app)`
    Manner.CONSTRUCT: Grade.REBOUND,
    Manner.PASS: Grade.REFILLED,
    Manner.SUBCLASS: Grade.RENEWED,
    Manner.LOOK: Grade.RENEWED,
    Manner.CALL: Grade.PATCHED,
}
