"""Widgets of Qt, offscreen: signals call the new code, and methods that Qt itself calls are live."""

from __future__ import annotations

import os

import pytest

from libraries import Library, needs

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
core, gui, widgets = map(Library, ("PySide6.QtCore", "PySide6.QtGui", "PySide6.QtWidgets"))
pytestmark = needs("PySide6.QtWidgets")

APP = """
from PySide6.QtCore import QObject, Property, Signal, Slot, QTimer
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget
SEEN = []
class Canvas(QWidget):
    painted = Signal(int)
    color = "red"
    def __init__(self):
        super().__init__()
        self.count = 0
    def paintEvent(self, event):
        self.count += 1
        SEEN.append("old paint")
        self.painted.emit(self.count)
    def mousePressEvent(self, event):
        SEEN.append("old press")
class Window(QWidget):
    def __init__(self):
        super().__init__()
        layout = QVBoxLayout(self)
        self.canvas = Canvas()
        self.button = QPushButton("ok")
        layout.addWidget(self.canvas)
        layout.addWidget(self.button)
        self.button.clicked.connect(self.on_click)
        self.canvas.painted.connect(self.on_painted)
        self.button.clicked.connect(clicked)
    @Slot()
    def on_click(self):
        SEEN.append("old click")
    def on_painted(self, count):
        SEEN.append(("painted", count))
def clicked():
    SEEN.append("old function")
"""


@pytest.fixture
def qt():
    application = widgets.QApplication.instance() or widgets.QApplication([])
    yield application
    for widget in application.topLevelWidgets():
        widget.close()
        widget.deleteLater()
    application.sendPostedEvents(None, core.QEvent.Type.DeferredDelete)


@pytest.fixture
def app(project, qt):
    project.write({"app.py": APP})
    return project.load("app")


@pytest.fixture
def window(app):
    window = app.Window()
    window.resize(100, 100)
    return window


def press(widget):
    at = core.QPointF(1, 1)
    left, no = core.Qt.MouseButton.LeftButton, core.Qt.KeyboardModifier.NoModifier
    event = gui.QMouseEvent(core.QEvent.Type.MouseButtonPress, at, at, left, left, no)
    widgets.QApplication.sendEvent(widget, event)


def seen(app):
    found = list(app.SEEN)
    app.SEEN.clear()
    return found


def test_signals_call_the_new_code(project, app, window):
    window.button.click()
    assert seen(app) == ["old click", "old function"]
    project.edit("app.py", '"old click"', '"new click"')
    project.edit("app.py", '"old function"', '"new function"')
    assert project.refresh() == ["patch app.Window.on_click", "patch app.clicked"]
    window.button.click()
    assert seen(app) == ["new click", "new function"]


def test_signals_call_functions_that_have_another_header(project, app, window):
    project.edit("app.py", "def on_click(self):", "def on_click(self, more='!'):")
    project.edit("app.py", '"old click"', '"new click" + more')
    project.edit("app.py", "def clicked():", "def clicked(more='?'):")
    project.edit("app.py", '"old function"', '"new function"')
    project.refresh()
    window.button.click()
    assert seen(app) == ["new click!", "new function"]


def test_what_qt_calls_itself(project, app, window):
    window.canvas.grab()
    assert seen(app) == ["old paint", ("painted", 1)]
    project.edit("app.py", '"old paint"', '"new paint"')
    project.refresh()
    window.canvas.grab()
    assert seen(app) == ["new paint", ("painted", 2)]

    press(window.canvas)
    project.edit(
        "app.py", "def mousePressEvent(self, event):", "def mousePressEvent(self, event, x=1):"
    )
    project.edit("app.py", '"old press"', '"new press"')
    project.refresh()
    press(window.canvas)
    assert seen(app) == ["old press", "new press"]


def test_an_event_handler_is_added_and_removed(project, app, window):
    press(window.canvas)
    assert seen(app) == ["old press"]
    project.edit(
        "app.py",
        '    def mousePressEvent(self, event):\n        SEEN.append("old press")\n',
        '    def mouseReleaseEvent(self, event):\n        SEEN.append("release")\n',
    )
    project.refresh()
    press(window.canvas)
    assert seen(app) == []
    at = core.QPointF(1, 1)
    left, no = core.Qt.MouseButton.LeftButton, core.Qt.KeyboardModifier.NoModifier
    event = gui.QMouseEvent(core.QEvent.Type.MouseButtonRelease, at, at, left, left, no)
    widgets.QApplication.sendEvent(window.canvas, event)
    assert seen(app) == ["release"]


def test_a_class_attribute(project, app, window):
    Canvas, canvas = app.Canvas, window.canvas
    project.edit("app.py", 'color = "red"', 'color = "blue"')
    project.refresh()
    assert app.Canvas is Canvas
    assert canvas.color == "blue"
    assert type(canvas) is Canvas


def test_a_signal_is_added_and_changed(project, app, window):
    project.edit(
        "app.py", "painted = Signal(int)", "painted = Signal(int)\n    cleared = Signal(str)"
    )
    project.refresh()
    fresh = app.Canvas()
    fresh.cleared.connect(app.SEEN.append)
    fresh.cleared.emit("cleared")
    assert seen(app) == ["cleared"]
    window.canvas.grab()
    assert seen(app) == ["old paint", ("painted", 1)]


def test_a_base_is_changed(project, app, window):
    canvas = window.canvas
    project.edit(
        "app.py",
        "class Canvas(QWidget):",
        "class Mixed:\n    def extra(self): return 'extra'\nclass Canvas(Mixed, QWidget):",
    )
    project.refresh()
    assert app.Canvas().extra() == "extra"
    assert isinstance(canvas, app.Canvas)
    assert canvas.extra() == "extra"


def test_a_failed_batch_leaves_widgets_as_they_were(project, app, window):
    project.edit(
        "app.py", "def mousePressEvent(self, event):", "def mousePressEvent(self, event, x=1):"
    )
    project.edit("app.py", '"old press"', '"new press"')
    project.write({"app.py": project.read("app.py") + "raise ValueError\n"})
    project.fail()
    press(window.canvas)
    window.button.click()
    assert seen(app) == ["old press", "old click", "old function"]
