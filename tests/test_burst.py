"""When a burst of changed files is complete: decided by times that are given, and waited for by nobody."""

import pytest

from heatsync._burst import CEILING, LEAST, WINDOW, Burst
from heatsync._events import Notice, Sign

QUIET = 0.05


class Told:
    """A burst, and what it is told of files in one directory."""

    def __init__(self):
        self.burst = Burst(QUIET)

    def __call__(self, name, sign, at):
        self.burst.add(Notice("/src", name, sign, False, at), {f"/src/{name}"})
        return self

    def is_due(self, at):
        assert self.burst.due() == pytest.approx(at)
        return self.burst.take()


@pytest.fixture
def told():
    return Told()


def test_one_finished_save_is_due_at_once(told):
    told("a.py", Sign.FINISHED, 100)
    assert told.is_due(100) == {"/src/a.py"}


@pytest.mark.parametrize("sign", [Sign.WRITING, Sign.EMPTIED])
def test_what_is_half_there_is_waited_for_however_short_the_quiet_period(told, sign):
    told.burst = Burst(0)
    told("a.py", sign, 100)
    assert told.burst.is_writing({"/src/a.py"}, 100.4)
    assert told.burst.due() == pytest.approx(100 + LEAST)
    told("a.py", Sign.FINISHED, 100.1)
    assert told.burst.due() <= 100.1


def test_what_belongs_to_a_save_may_come_while_that_is_read_and_compiled(told):
    told("a.py", Sign.FINISHED, 100).is_due(100)
    assert told.burst.company_until() == pytest.approx(100 + WINDOW)


def test_a_file_that_is_being_written_is_due_when_it_is_finished(told):
    told("a.py", Sign.WRITING, 100)
    assert told.burst.due() == pytest.approx(100 + QUIET * CEILING)
    told("a.py", Sign.FINISHED, 100.3)
    told.is_due(100.3)


def test_one_that_stays_open_is_due_in_the_end(told):
    for tenths in range(20):
        told("a.py", Sign.WRITING, 100 + tenths / 10)
    told.is_due(100 + QUIET * CEILING)


def test_several_files_are_due_together_once_all_is_quiet(told):
    for number in range(5):
        told(f"m{number}.py", Sign.FINISHED, 100 + number * QUIET / 2)
    assert len(told.is_due(100 + 2 * QUIET + QUIET)) == 5


def test_files_that_never_stop_to_come_are_due_at_the_ceiling(told):
    for number in range(1000):
        told(f"m{number}.py", Sign.FINISHED, 100 + number * QUIET / 10)
    told.is_due(100 + QUIET * CEILING)


def test_one_that_is_deleted_is_due_after_the_quiet_period(told):
    told("a.py", Sign.CHANGED, 100)
    told.is_due(100 + QUIET)


def test_one_that_is_deleted_and_there_again_is_due_at_once(told):
    told("a.py", Sign.CHANGED, 100)("a.py", Sign.FINISHED, 100.01)
    told.is_due(100.01)


def test_an_emptied_one_is_waited_for_until_it_is_filled(told):
    told("a.py", Sign.EMPTIED, 100)
    assert told.burst.due() == pytest.approx(100 + QUIET * CEILING)
    told("a.py", Sign.FINISHED, 100.2)
    told.is_due(100.2)


def test_each_save_of_one_file_is_due_at_once(told):
    for number in range(5):
        told("a.py", Sign.FINISHED, 100 + number * QUIET / 10)
        told.is_due(100 + number * QUIET / 10)


def test_another_file_right_after_one_that_was_told_waits_for_company(told):
    told("a.py", Sign.FINISHED, 100).is_due(100)
    told("b.py", Sign.FINISHED, 100 + QUIET / 2)
    told.is_due(100 + QUIET / 2 + QUIET)


def test_another_file_long_after_it_does_not(told):
    told("a.py", Sign.FINISHED, 100).is_due(100)
    told("b.py", Sign.FINISHED, 200)
    told.is_due(200)


def test_what_is_put_off_is_due_a_quiet_period_later_at_the_soonest(told):
    told("a.py", Sign.FINISHED, 100)
    told.burst.put_off(105)
    told.is_due(105 + QUIET)


def test_a_file_that_is_being_written_is_so_until_the_ceiling(told):
    told("a.py", Sign.WRITING, 100)
    assert told.burst.is_writing(["/src/a.py"], 100.1)
    assert not told.burst.is_writing(["/src/b.py"], 100.1)
    told.burst.take()
    assert told.burst.is_writing(["/src/a.py"], 100.1)  # whoever writes may go on
    assert not told.burst.is_writing(["/src/a.py"], 100 + QUIET * CEILING)
