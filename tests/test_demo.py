"""`heatsync demo` shows what it promises, and leaves nothing behind."""

import os
import re
import signal
import sys

from running import Running, heatsync_running, under_heatsync


def test_the_demonstration_shows_each_edit_go_live_in_one_process(tmp_path):
    ours = under_heatsync("demo", cwd=tmp_path, TMPDIR=str(tmp_path), HEATSYNC_DEMO_TICK="0.02")

    assert ours.returncode == 0, ours.stdout + ours.stderr
    assert ours.stderr == ""
    assert len(set(re.findall(r"│ pid (\d+)", ours.stdout))) == 1
    for shown in (
        '+        return f"{self.name} rolls along, step {self.steps} on {PLANET}"',
        "heatsync  rover.py · patched Rover.drive",
        '-PLANET = "Mars"',
        " on Venus",
        "still running the previous version",
        "SyntaxError: '(' was never closed",
        "battery [",
        "5 saves, one process",
    ):
        assert shown in ours.stdout, ours.stdout
    assert "\x1b" not in ours.stdout
    assert os.listdir(tmp_path) == []


def test_ctrl_c_ends_it_and_leaves_nothing_behind(tmp_path):
    with heatsync_running("demo", cwd=tmp_path, TMPDIR=str(tmp_path)) as demo:
        pid = int(re.search(r"pid (\d+)", demo.until("on Mars"))[1])
        assert demo.interrupt() == 128 + signal.SIGINT

    assert demo.lines[-1] == "Stopped; nothing is left behind."
    assert "Traceback" not in demo.text
    assert_gone(pid)
    assert os.listdir(tmp_path) == []


def test_being_terminated_leaves_nothing_behind(tmp_path):
    with heatsync_running("demo", cwd=tmp_path, TMPDIR=str(tmp_path)) as demo:
        pid = int(re.search(r"pid (\d+)", demo.until("on Mars"))[1])
        demo.process.terminate()
        assert demo.ended() == 128 + signal.SIGTERM

    assert_gone(pid)
    assert os.listdir(tmp_path) == []


def test_a_change_that_does_not_go_live_is_a_clear_failure(tmp_path):
    text = (
        "import heatsync._demo as demo, sys\n"
        "demo.PATIENCE = 2.0\n"
        "demo._write = lambda folder, edit: []\n"  # nobody saves anything
        "sys.exit(demo.main())"
    )
    with Running("-c", text, cwd=tmp_path, HEATSYNC_DEMO_TICK="0.02") as demo:
        demo.until("Not live after 2 s")
        assert demo.ended() == 1


def test_a_program_that_ends_is_a_clear_failure(tmp_path):
    text = (
        "import heatsync._demo as demo, sys\n"
        "demo.FILES['app.py'] = 'raise SystemExit(3)'\n"
        "sys.exit(demo.main())"
    )
    with Running("-c", text, cwd=tmp_path) as demo:
        demo.until("The program ended, with status 3.")
        assert demo.ended() == 1


def assert_gone(pid):
    """A killed process that was waited for has no pid any more."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return
    raise AssertionError(f"process {pid} of {sys.executable} is still there")
