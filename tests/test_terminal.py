"""What a person is told about a reload."""

import io
import os
import re

import pytest

from heatsync._engine.texts.report import Report
from heatsync._engine.texts.source import decode
from heatsync._engine.texts.taken import Action, Cause, Taken
from heatsync._terminal import Terminal

APP, CONFIG = os.path.abspath("app.py"), os.path.abspath("config.py")


def step(action, ref, file=APP, line=1):
    return Taken(Action(action), ref, file, line)


def told(*reports, stream=None):
    stream = io.StringIO() if stream is None else stream
    terminal = Terminal(stream)
    for report in reports:
        terminal.show(report)
    return stream.getvalue()


def explained(report):
    stream = io.StringIO()
    Terminal(stream, explain=True).show(report)
    return stream.getvalue().splitlines()


def failing(text, stripped=True):
    """The exception that the text raises, as it arrives in a report."""
    try:
        exec(compile(text, APP, "exec"), {})
    except Exception as error:
        trace = error.__traceback__
        return error.with_traceback(trace.tb_next if stripped else trace)


def test_a_reload_is_one_line_with_the_names_grouped():
    steps = (step("patch", "app.greet"), step("run", "app.f"), step("patch", "app.Service.run"))

    assert told(Report((APP,), steps, seconds=0.0012)) == (
        "heatsync  app.py · patched greet, Service.run · ran f · 1.2 ms\n"
    )


@pytest.mark.parametrize(
    ("file", "ref", "name"),
    [
        ("app.py", "app.app", "app"),
        ("app.py", "__main__.f", "f"),
        ("app.py", "pkg.sub.app.A.b", "A.b"),
        ("app.py", "app:1", "line 1"),
        ("pkg/__init__.py", "pkg.f", "f"),
        ("pkg/__main__.py", "__main__.f", "f"),
        ("my-app.py", "__mp_main__.f", "__mp_main__.f"),
    ],
)
def test_a_name_is_told_without_the_module_that_is_told_already(file, ref, name):
    path = os.path.abspath(file)

    assert f" · patched {name} · " in told(Report((path,), (step("patch", ref, path),)))


def test_names_of_several_files_are_told_with_their_modules():
    steps = (step("run", "config.LIMIT", CONFIG), step("rerun", "app.TABLE"))

    assert told(Report((CONFIG,), steps)) == (
        "heatsync  config.py · ran LIMIT · reran app.TABLE · 0.0 ms\n"
    )
    assert "config.py, app.py · ran config.LIMIT" in told(Report((CONFIG, APP), steps))


def test_what_does_not_fit_on_a_line_gets_a_line_for_each_kind():
    steps = [step("patch", f"app.function_{n}") for n in range(20)]
    steps += [step("drop", "app.old"), step("sync", "settings.json")]

    assert told(Report((APP,), tuple(steps))).splitlines() == [
        "heatsync  app.py · 0.0 ms",
        f"          patched {', '.join(f'function_{n}' for n in range(6))} and 14 more",
        "          synced settings.json",
        "          dropped old",
    ]


def test_a_report_that_is_explained_says_why_below_its_line():
    ran = Taken(Action.RUN, "config.LIMIT", CONFIG, 3)
    cause = Cause("it reads config.LIMIT", by=ran)
    report = Report((CONFIG,), (ran, Taken(Action.RERUN, "app.TABLE", APP, 7, cause)))
    failed = Report((CONFIG,), error=ValueError("no"), notes=("so",), attempted=report.steps[1])

    assert explained(report) == [
        "heatsync  config.py · ran LIMIT · reran app.TABLE · 0.0 ms",
        "          config.LIMIT ran: it was edited at line 3 of config.py, and came out the same",
        "          app.TABLE ran again and came out the same: it reads config.LIMIT",
    ]
    assert explained(failed)[1:] == [
        "  ValueError: no",
        "  so",
        "  Raised as app.TABLE ran again: it reads config.LIMIT",
    ]
    assert explained(Report((APP,), notes=("so",))) == [
        "heatsync  app.py · no code changed · 0.0 ms",
        "          so",
    ]


def test_many_files_are_told_by_their_number():
    files = tuple(os.path.abspath(f"m{n}.py") for n in range(200))

    assert told(Report(files, (step("patch", "m1.f"),))) == (
        "heatsync  m0.py, m1.py, m2.py and 197 more · patched m1.f · 0.0 ms\n"
    )


def test_nothing_is_told_when_nothing_happened():
    assert told(Report((APP,))) == ""


def test_notes_stand_below():
    assert told(Report((APP,), notes=("one", "two"))) == (
        "heatsync  app.py · no code changed · 0.0 ms\n          one\n          two\n"
    )


def test_a_syntax_error_is_told_with_its_line_and_caret():
    assert told(Report((APP,), error=failing("def f(:\n    pass"), seconds=0.0004)) == (
        "heatsync  app.py · still running the previous version · 0.4 ms\n"
        f'    File "{APP}", line 1\n'
        "      def f(:\n"
        "            ^\n"
        "  SyntaxError: invalid syntax\n"
    )


@pytest.mark.parametrize("first", [b"", b"X = 1\n\n\n"])
def test_a_file_in_another_coding_is_told_without_what_reads_it(first):
    try:
        decode(APP, first + b"# caf\xe9\n")
    except SyntaxError as error:
        text = told(Report((APP,), error=error.with_traceback(None)))

    assert text.count("File ") == 1
    assert f'File "{APP}", line {4 if first else 1}' in text
    assert "During handling" not in text
    assert "direct cause" not in text


def test_an_error_is_told_with_all_that_led_to_it(tmp_path):
    text = told(Report((APP,), error=failing("try:\n 1/0\nexcept Exception:\n raise KeyError(1)")))

    assert text.count("Traceback (most recent call last):") == 2
    assert "ZeroDivisionError: division by zero" in text
    assert text.endswith("KeyError: 1\n")


def test_frames_of_heatsync_are_left_out(monkeypatch):
    error = failing("raise ExceptionGroup('two', [ValueError(1), KeyError(2)])", stripped=False)
    monkeypatch.setattr("heatsync._terminal.OURS", (os.path.dirname(__file__),))

    text = told(Report((APP,), error=error))

    assert f'File "{APP}", line 1' in text
    assert __file__ not in text
    assert "ValueError: 1" in text


def test_what_heatsync_was_about_is_no_part_of_the_error(monkeypatch):
    try:
        raise LookupError("the queue is empty")
    except LookupError:
        error = failing("def f(:", stripped=False)
    monkeypatch.setattr("heatsync._terminal.OURS", (os.path.dirname(__file__),))

    text = told(Report((APP,), error=error))

    assert "SyntaxError" in text
    assert "queue" not in text
    assert "Traceback" not in text


def test_back_to_what_is_running_is_told_after_an_error():
    broken = Report((APP,), error=failing("1/0"))

    assert told(broken, Report((APP,))).endswith(
        "heatsync  app.py · as it was before the error · 0.0 ms\n"
    )
    assert told(broken, Report((CONFIG,))).endswith("division by zero\n")


def test_a_stream_that_cannot_show_a_dot_gets_a_dash():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Terminal(stream).show(Report((APP,), (step("patch", "app.f"),)))

    assert raw.getvalue() == b"heatsync  app.py - patched f - 0.0 ms\n"


def test_a_terminal_gets_colours_unless_they_are_not_wanted(monkeypatch):
    class Screen(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    reports = [Report((APP,), (step("patch", "app.f"),)), Report((APP,), error=failing("1/0"))]
    coloured = told(*reports, stream=Screen())
    monkeypatch.setenv("NO_COLOR", "1")
    plain = told(*reports, stream=Screen())

    assert re.search(r"\x1b\[[\d;]*32m?[\d;]*m?patched", coloured)
    assert not re.search(r"\x1b\[[\d;]*3\d", plain)
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == told(*reports)


def test_text_of_the_user_is_never_taken_for_markup():
    error = failing("raise ValueError('[bold]no[/bold] :smile: 12')")

    assert told(Report((APP,), error=error)).endswith("ValueError: [bold]no[/bold] :smile: 12\n")


class Broken(io.StringIO):
    def write(self, text):
        raise BrokenPipeError


def test_no_error_of_telling_reaches_the_program():
    class Wordless(Exception):
        def __str__(self):
            raise SystemError("no words")

    closed = io.StringIO()
    closed.close()

    Terminal(closed).show(Report((APP,), (step("patch", "app.f"),)))
    Terminal(Broken()).show(Report((APP,), (step("patch", "app.f"),)))
    assert "still running" in told(Report((APP,), error=Wordless()))
