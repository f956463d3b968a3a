"""Programs with windows and frames: real event loops, in which a save is applied in their own thread."""

import importlib.util
import os
import shutil
import subprocess

import pytest

from running import Running, save, write
from waiting import PATIENCE

HEAD = """
import os, threading
from heatsync import Heatsync

def told(report):
    print("applied in", threading.current_thread().name, flush=True)

def listen(sync):
    sync.events.on("after", told)
    return sync.require(os.path.abspath("app.py"))
"""

TKINTER = """
import tkinter
sync = Heatsync(apply="manual")
app = listen(sync)
window = tkinter.Tk()
label = tkinter.Label(window, text="")
label.pack()

def turn():
    sync.checkpoint()
    if label["text"] != app.title():
        label["text"] = app.title()
        print("window shows", label["text"], flush=True)
    window.after(10, turn)

turn()
window.mainloop()
"""

QT = """
from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal

class SafePoint(QObject):
    reached = Signal(object)

qt = QCoreApplication([])
sync = Heatsync()
app = listen(sync)
point = SafePoint()
point.reached.connect(lambda apply: apply(), Qt.ConnectionType.QueuedConnection)
sync.apply_at(point.reached.emit)
shown = []

def show():
    if shown[-1:] != [app.title()]:
        shown.append(app.title())
        print("window shows", shown[-1], flush=True)

timer = QTimer()
timer.timeout.connect(show)
timer.start(10)
qt.exec()
"""

PYGAME = """
import pygame
pygame.init()
screen, clock = pygame.display.set_mode((40, 40)), pygame.time.Clock()
sync = Heatsync(apply="manual")
app = listen(sync)
shown = None
while not pygame.event.peek(pygame.QUIT):
    sync.checkpoint()
    if shown != app.title():
        shown = app.title()
        print("window shows", shown, flush=True)
    screen.fill("black")
    pygame.display.flip()
    clock.tick(60)
"""


@pytest.fixture
def display(tmp_path):
    """A screen for tkinter: the one that there is, or one that nobody sees."""
    if os.environ.get("DISPLAY"):
        yield os.environ["DISPLAY"]
        return
    xvfb = shutil.which("Xvfb") or pytest.skip("there is no display, and Xvfb is not installed")
    ready, told = os.pipe()
    words = [xvfb, "-displayfd", str(told), "-screen", "0", "320x200x24", "-nolisten", "tcp"]
    server = subprocess.Popen(words, pass_fds=[told], stderr=subprocess.DEVNULL)
    os.close(told)
    try:
        with open(ready) as number:
            yield f":{number.readline().strip()}"
    finally:
        server.kill()
        server.wait(PATIENCE)


def check(program, folder, **environment):
    """A save is shown; the next one, too; and all is done where the window lives."""
    write(folder, {"main.py": HEAD + program, "app.py": "def title(): return 'one'\n"})
    with Running("main.py", cwd=folder, **environment) as window:
        window.until("window shows one")
        for title in ("two", "three"):
            save(folder / "app.py", f"def title(): return {title!r}\n")
            window.until("applied in MainThread", f"window shows {title}")
        save(folder / "app.py", "def title() return 'four'\n")
        window.until("SyntaxError")
        save(folder / "app.py", "def title(): return 'five'\n")
        window.until("window shows five")


def test_a_window_of_tkinter(tmp_path, display):
    pytest.importorskip("tkinter", reason="this Python was built without tkinter")
    check(TKINTER, tmp_path, DISPLAY=display)


def test_an_event_loop_of_qt(tmp_path):
    if not importlib.util.find_spec("PySide6"):
        pytest.skip("PySide6 is not installed")
    check(QT, tmp_path, QT_QPA_PLATFORM="offscreen")


def test_the_frames_of_pygame(tmp_path):
    if not importlib.util.find_spec("pygame"):
        pytest.skip("pygame is not installed")
    check(
        PYGAME,
        tmp_path,
        SDL_VIDEODRIVER="dummy",
        SDL_AUDIODRIVER="dummy",
        PYGAME_HIDE_SUPPORT_PROMPT="1",
    )
