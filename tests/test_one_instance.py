"""Classes of which there is one instance: it stays the one when they are edited."""

from __future__ import annotations

import pytest

BY_METACLASS = """
    class Single(type):
        instances = {}
        all = []
        def __init__(cls, name, bases, block):
            super().__init__(name, bases, block)
            cls.all.append(cls)
        def __call__(cls, *args):
            if cls not in cls.instances:
                cls.instances[cls] = super().__call__(*args)
            return cls.instances[cls]
    class Base: pass
    class Config(metaclass=Single):
        size = 1
"""
BY_NEW = """
    class Single:
        instance = None
        def __new__(cls):
            if cls.instance is None:
                cls.instance = super().__new__(cls)
            return cls.instance
    class Base: pass
    class Config(Single):
        size = 1
"""


@pytest.mark.parametrize(
    ("text", "header", "edited"),
    [
        (
            BY_METACLASS,
            "class Config(metaclass=Single)",
            "class Config(Base, metaclass=Single)",
        ),
        (BY_NEW, "class Config(Single)", "class Config(Base, Single)"),
        (BY_NEW, "class Config(Single)", "class Config(Single, Base)"),
    ],
    ids=["metaclass", "__new__", "__new__ of the first base"],
)
@pytest.mark.parametrize("made", ["in the text", "at run time"])
def test_a_class_is_edited_of_which_there_is_one_instance(project, text, header, edited, made):
    project.write({"app.py": text, "user.py": "from app import Config\nconfig = Config()"})
    app = project.load("app")
    config = project.load("user").config if made == "in the text" else app.Config()

    project.edit("app.py", header, edited)
    project.edit("app.py", "size = 1", "size = 2")
    assert {*project.refresh()} <= {"run app.Config", "rerun user.Config"}

    assert app.Config() is config
    assert config.size == 2
    assert isinstance(config, app.Base)
    assert getattr(app.Single, "all", [app.Config]) == [app.Config]  # which making it had filled


def test_a_class_whose_decorator_made_a_function_of_it_is_edited(project):
    project.write(
        {
            "app.py": """
                def single(cls):
                    found = []
                    def get():
                        if not found: found.append(cls())
                        return found[0]
                    return get
                @single
                class Config:
                    size = 1
                    def more(self): return 1
                config = Config()
            """
        }
    )
    app = project.load("app")
    config = app.config

    project.edit("app.py", "size = 1", "size = 2")
    assert project.refresh() == ["run app.Config"]
    assert (config.size, type(app.Config()) is type(config)) == (2, True)

    project.edit("app.py", "return 1", "return 3")
    assert project.refresh() == ["patch app.Config.more"]
    assert config.more() == app.Config().more() == 3
