"""A program under the command line is the program under python, and live."""

import os
import pty
import py_compile
import re
import signal
import subprocess
import sys
import zipfile

import pytest

import heatsync
from running import Running, edit, environment, heatsync_running, python, under_heatsync, write

SELF = """\
import sys
shown = {name: value for name, value in sorted(globals().items()) if name != "sys"}
print(shown, sys.argv, sys.path[0], sys._getframe().f_code.co_filename)
print(sys.modules["__main__"].__dict__ is globals())
"""

FILES = {
    "app.py": SELF,
    "sub/__main__.py": SELF,
    "pkg/__init__.py": "",
    "pkg/__main__.py": SELF,
    "pkg/mod.py": SELF,
    "pkg/absent.py": "import does_not_exist",
    "lib/__init__.py": "",
    "bad/__init__.py": "1/0",
    "bad/mod.py": "",
    "boom.py": "def f():\n    raise ValueError('no')\n\ntry:\n    1/0\nexcept ZeroDivisionError:\n    f()\n",
    "hook.py": """\
import sys, traceback
def hook(kind, value, trace):
    names = [frame.name for frame in traceback.extract_tb(trace)]
    print(kind.__name__, names, value.__traceback__ is trace is sys.last_traceback)
sys.excepthook = hook
1/0
""",
    "syntax.py": "def f(:\n    pass\n",
    "imports_bad.py": "import bad",
    "imports_syntax.py": "import syntax",
    "logs.py": """\
import logging, traceback
for name in ("bad", "syntax", "absent"):
    try:
        __import__(name)
    except Exception:
        traceback.print_exc()
""",
    "leave.py": "import sys\nsys.exit('good bye')",
    "status.py": "raise SystemExit(7)",
    "stdin.py": "import sys\nprint(input().upper(), sys.stdin.read())",
    "ends.py": """\
import atexit, threading
go = threading.Event()
def late():
    threading.main_thread().join()
    print("a thread may finish")
def fails():
    raise KeyError("in a thread")
atexit.register(print, "then the exit handlers")
thread = threading.Thread(target=fails, name="fails")
thread.start()
thread.join()
threading.Thread(target=late).start()
raise RuntimeError("the program")
""",
    "spawn.py": """\
import multiprocessing, pickle
class Box:
    def __init__(self, value):
        self.value = value
def work(box):
    return Box(box.value + 1)
if __name__ == "__main__":
    print(pickle.loads(pickle.dumps(Box(3))).value)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.apply(work, [Box(1)]).value)
""",
    "futures.py": "from __future__ import annotations\ndef f(x: nope): pass\nprint(f.__annotations__)",
    "no_futures.py": "try:\n    def f(x: nope): pass\nexcept NameError as error:\n    print(error)",
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("programs")
    write(folder, FILES)
    os.makedirs(folder / "nothing")
    os.makedirs(folder / "namespace")
    os.symlink("sub/__main__.py", folder / "link.py")
    with zipfile.ZipFile(folder / "archive.zip", "w") as archive:
        archive.writestr("__main__.py", SELF)
    py_compile.compile(str(folder / "leave.py"), cfile=str(folder / "compiled.pyc"))
    return folder


def same_words(text):
    """What python and heatsync print alike, but for their names and places in memory."""
    text = re.sub(r"0x[0-9a-f]+", "0x", text)
    text = re.sub(rf"(?m)^({re.escape(sys.executable)}|heatsync): ", "NAME: ", text)
    return re.sub(r'(?m)^  File "<frozen runpy>".*\n', "", text)


@pytest.mark.parametrize(
    "words",
    [
        "app.py",
        "./sub/../app.py a --quiet -- -m --version",
        "link.py",
        "sub a",
        "archive.zip a",
        "-m pkg -- a",
        "-mpkg.mod --help",
        "-m lib",
        "-m namespace",
        "-m does_not_exist",
        "-m does.not.exist",
        "-m futures.py",
        "-m .app",
        "-m bad.mod",
        "-m pkg.absent",
        "-m boom",
        "- a",
        "boom.py",
        "hook.py",
        "syntax.py",
        "imports_bad.py",
        "imports_syntax.py",
        "logs.py",
        "leave.py",
        "compiled.pyc",
        "status.py",
        "stdin.py",
        "ends.py",
        "spawn.py",
        "-m spawn",
        "futures.py",
        "no_futures.py",
        "does_not_exist.py",
        "nothing",
    ],
)
def test_a_program_does_what_it_does_under_python(programs, words):
    stdin = SELF if words.startswith("- ") else "from stdin\nand more"
    expected = python(*words.split(), cwd=programs, stdin=stdin)
    ours = under_heatsync(*words.split(), cwd=programs, stdin=stdin)

    assert same_words(ours.stdout) == same_words(expected.stdout)
    assert same_words(ours.stderr) == same_words(expected.stderr)
    assert ours.returncode == expected.returncode


def test_a_text_piped_in_is_a_program(programs):
    expected = python(cwd=programs, stdin=SELF)
    ours = under_heatsync(cwd=programs, stdin=SELF)

    assert same_words(ours.stdout) == same_words(expected.stdout)


def test_the_installed_script_is_the_same_command(programs, tmp_path):
    write(
        tmp_path, {"bin/heatsync": "import sys\nfrom heatsync._cli import main\nsys.exit(main())"}
    )
    script = tmp_path / "bin" / "heatsync"

    for name in ("app.py", "boom.py"):
        expected, ours = python(name, cwd=programs), python(script, name, cwd=programs)
        assert same_words(ours.stdout) == same_words(expected.stdout)
        assert ours.stderr == expected.stderr


def test_a_file_that_is_not_there_is_told_with_status_2(programs):
    ours = under_heatsync("does_not_exist.py", cwd=programs)

    assert ours.returncode == 2
    assert "can't open file" in ours.stderr


def test_a_module_given_as_a_file_is_told_how_to_be_run(programs):
    ours = under_heatsync("pkg.mod", "--port", "8000", cwd=programs)
    assert ours.returncode == 2

    ours = under_heatsync("json", cwd=programs)
    assert ours.returncode == 2
    assert ours.stderr.endswith("To run the module of that name: heatsync -m json\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--root nowhere app.py", "there is no folder 'nowhere'"),
        ("--debounce soon app.py", "'soon' is not a number of seconds, such as 0.5"),
        ("--poll -1 app.py", "'-1' is not a number of seconds"),
        ("--poll 0 app.py", "'0' is no time to wait: give more than 0 seconds"),
        ("--poll nan app.py", "'nan' is not a number of seconds"),
        ("--shiny app.py", "unrecognized arguments: --shiny"),
        ("--poll", "expected one argument"),
        ("-m", "expected one argument"),
    ],
)
def test_a_wrong_option_is_told_with_status_2(programs, words, said):
    ours = under_heatsync(*words.split(), cwd=programs)

    assert ours.returncode == 2
    assert said in ours.stderr
    assert ours.stdout == ""


def test_version_and_help_say_what_they_should(programs):
    assert under_heatsync("--version", cwd=programs).stdout.split()[1] == heatsync.__version__
    told = under_heatsync("--help", cwd=programs).stdout
    assert all(option in told for option in ("--root", "--exclude", "--debounce", "--poll", "-m"))


def test_without_a_word_at_a_terminal_it_tells_how_it_is_used(programs):
    ours, theirs = pty.openpty()
    try:
        words = [sys.executable, "-m", "heatsync"]
        done = subprocess.run(
            words, cwd=programs, env=environment(), stdin=theirs, capture_output=True, timeout=30
        )
    finally:
        os.close(ours)
        os.close(theirs)

    assert done.returncode == 2
    assert b"heatsync [options] app.py" in done.stderr


LOOP = """\
import itertools, sys, time
import words

def line(turn):
    return f"{turn} {words.said()}"

if __name__ == "__main__":
    for turn in itertools.count():
        print(line(turn), flush=True)
        time.sleep(0.01)
"""
WORDS = "def said():\n    return 'one'\n"


OWN = 'import heatsync; sync = heatsync.Heatsync(); sync.track(".")\n'
SLOW_TO_END = """\
import atexit, sys, threading

class waiting:
    ended = threading.Event()
    ran = threading.Event()

    def run_a_text():
        print("it waits", flush=True)
        waiting.ended.wait()
        exec("print('it ran', flush=True)")
        waiting.ran.set()

sys.modules["waiting"] = waiting

@atexit.register
def end():
    waiting.ended.set()
    waiting.ran.wait()

"""
CATCHING = """\
import sys

def shown(target):
    try:
        target()
    except KeyboardInterrupt as error:
        sys.last_value = error
"""
CAUGHT = """\
import signal, sys, catching
catching.shown(lambda: signal.raise_signal(signal.SIGINT))
sys.exit(3)
"""


@pytest.fixture
def loop(tmp_path):
    write(tmp_path, {"loop.py": LOOP, "words.py": WORDS})
    return tmp_path


@pytest.mark.parametrize("words", ["loop.py", "-m loop"])
def test_the_program_and_what_it_imports_are_live(loop, words):
    with heatsync_running(*words.split(), cwd=loop) as program:
        program.until("0 one")
        edit(loop / "words.py", "'one'", "'two'")
        program.until("heatsync  words.py · patched said", " two")

        edit(loop / "loop.py", '{turn} {words.said()}"', '{turn} {words.said()}!"')
        program.until("heatsync  loop.py · patched line", " two!")

        assert program.interrupt() == -signal.SIGINT


def test_ctrl_c_ends_it_as_it_ends_python(loop):
    with heatsync_running("loop.py", cwd=loop) as program:
        program.until("0 one")
        assert program.interrupt() == -signal.SIGINT

    assert program.lines[-1] == "KeyboardInterrupt"
    assert "heatsync" not in program.text


@pytest.mark.parametrize(
    "words", ["-m heatsync loop.py", "-m heatsync -m loop", "own.py", "-m own"]
)
def test_ctrl_c_ends_it_so_even_if_a_reload_runs_texts_meanwhile(loop, words):
    write(loop, {"loop.py": SLOW_TO_END + LOOP, "own.py": OWN + SLOW_TO_END + LOOP})
    with Running(*words.split(), cwd=loop) as program:
        program.until("0 one")
        edit(loop / "words.py", "def said", "import waiting\nwaiting.run_a_text()\ndef said")
        program.until("it waits")
        assert program.interrupt() == -signal.SIGINT

    assert "it ran" in program.text


def test_a_ctrl_c_that_was_caught_and_shown_is_none_that_ended_it(tmp_path):
    write(tmp_path, {"app.py": CAUGHT, "catching.py": CATCHING})

    assert under_heatsync("app.py", cwd=tmp_path).returncode == 3


def test_a_broken_save_is_told_and_the_program_runs_on(loop):
    with heatsync_running("loop.py", cwd=loop) as program:
        program.until("0 one")
        edit(loop / "words.py", "said():", "said(:")
        program.until(
            "words.py · still running the previous version", "SyntaxError", "    def said(:"
        )
        assert program.fresh().endswith("one")

        edit(loop / "words.py", "said(:", "said():")
        program.until("words.py · as it was before the error")
        edit(loop / "words.py", "'one'", "'two'")
        program.until(" two")


def test_an_error_in_what_is_run_again_is_told_with_its_own_traceback(loop):
    with heatsync_running("loop.py", cwd=loop) as program:
        program.until("0 one")
        edit(loop / "words.py", "def said", "LIMIT = 1 / 0\ndef said")
        program.until("still running the previous version")
        program.until("ZeroDivisionError")
        assert program.fresh().endswith("one")

    assert f'File "{loop}/words.py", line 1' in program.text
    assert "    LIMIT = 1 / 0" in program.text
    assert os.path.dirname(heatsync.__file__) not in program.text
    assert "frozen" not in program.text


def test_quiet_says_nothing_unless_a_save_does_not_work(loop):
    with heatsync_running("--quiet", "loop.py", cwd=loop) as program:
        program.until("0 one")
        edit(loop / "words.py", "'one'", "'two'")
        program.until(" two")
        edit(loop / "words.py", "said():", "said(:")
        program.until("still running the previous version")

    assert "patched" not in program.text


def test_explain_says_why(loop):
    with heatsync_running("--explain", "loop.py", cwd=loop) as program:
        program.until("0 one")
        edit(loop / "words.py", "'one'", "'two'")
        program.until("words.py · patched said")
        line = program.until("words.said was patched: its body was edited at line ")

    assert line.startswith("          words.said")
    assert line.endswith(" of words.py")


def test_what_is_excluded_or_installed_is_left_alone(tmp_path):
    more = "import sys; sys.path.append('site-packages'); import parts.old, installed, other\n"
    say = ", parts.old.said(), installed.said(), flush=True"
    text = LOOP.replace("import words\n", "import words\n" + more).replace(", flush=True", say)
    folders = ("parts/old.py", "site-packages/installed.py", "other.py", "words.py")
    write(tmp_path, {"loop.py": text, **dict.fromkeys(folders, WORDS)})
    options = ("--exclude", "parts", "--exclude", "oth*.py")
    with heatsync_running(*options, "loop.py", cwd=tmp_path) as program:
        program.until("0 one one one")
        for name in folders:
            edit(tmp_path / name, "'one'", "'two'")
        program.until(" two one one")
        assert program.fresh().endswith(" two one one")


def test_a_root_in_what_is_excluded_is_live_and_an_excluded_program_is_not(tmp_path):
    more = "import words\nfrom vendor.mine import lib\nfrom vendor import other\n"
    more += "def own(): return 'one'\n"
    say = ", lib.said(), other.said(), own(), flush=True"
    text = LOOP.replace("import words\n", more).replace(", flush=True", say)
    files = ("vendor/mine/lib.py", "vendor/other.py", "words.py")
    write(tmp_path, {"loop.py": text, **dict.fromkeys(files, WORDS)})
    options = ("--exclude", "vendor", "--root", "vendor/mine", "--exclude", "loop.py")
    with heatsync_running(*options, "loop.py", cwd=tmp_path) as program:
        program.until("0 one one one one")
        edit(tmp_path / "loop.py", "return 'one'", "return 'two'")
        for name in ("vendor/other.py", "vendor/mine/lib.py", "words.py"):
            edit(tmp_path / name, "'one'", "'two'")
        program.until(" two two one one")
        assert program.fresh().endswith(" two two one one")


def test_a_root_elsewhere_is_live_too(loop, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    os.rename(loop / "words.py", elsewhere / "words.py")
    options = ("--root", elsewhere, "--debounce", "0.02")
    with heatsync_running(*options, "loop.py", cwd=loop, PYTHONPATH=str(elsewhere)) as program:
        program.until("0 one")
        edit(elsewhere / "words.py", "'one'", "'two'")
        program.until(" two")


def test_the_folder_of_the_program_is_live_wherever_one_stands(loop, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with heatsync_running("--poll=0.05", loop / "loop.py", cwd=elsewhere) as program:
        program.until("0 one")
        edit(loop / "words.py", "'one'", "'two'")
        program.until(f"heatsync  {loop}/words.py", "patched said", " two")


def test_a_loop_at_the_top_level_is_not_begun_again(loop):
    text = "import itertools, time, words\nfor turn in itertools.count():\n"
    text += "    print(turn, words.said(), flush=True)\n    time.sleep(0.01)\n"
    write(loop, {"flat.py": text})
    with heatsync_running("flat.py", cwd=loop) as program:
        program.until("0 one")
        edit(loop / "words.py", "'one'", "'two'")
        program.until("heatsync  words.py · patched said")
        assert program.fresh().endswith("two")

        turns = [int(line.split()[0]) for line in program.lines if line[0].isdigit()]
        assert turns == list(range(len(turns)))


def test_it_runs_without_a_warning(loop):
    words = ("-X", "dev", "-W", "error", "-m", "heatsync", "loop.py")
    with Running(*words, cwd=loop) as program:
        program.until("0 one")
        edit(loop / "words.py", "'one'", "'two'")
        program.until("heatsync  words.py · patched said", " two")
        program.interrupt()

    assert "Warning" not in program.text


def test_a_closed_stderr_disturbs_neither_program_nor_reload(loop):
    write(loop, {"closed.py": "import os, sys\nos.close(2)\nfrom loop import *\n" + LOOP})
    with heatsync_running("closed.py", cwd=loop) as program:
        program.until("0 one")
        edit(loop / "words.py", "'one'", "'two'")
        program.until(" two")
        assert program.fresh().endswith("two")
