"""__reloaded__: instances are told that their class came out different, each once."""

import gc

import pytest

SERVICE = """
    class Service:
        def __init__(self):
            self.a = 1
            self.told = 0
        def __reloaded__(self):
            self.told += 1
            if not hasattr(self, "b"):
                self.b = 2
    class Special(Service):
        def run(self): return 1
    class Other:
        def run(self): return 1
    def helper(): return 1
    services = [Service(), Special()]
    """


@pytest.fixture
def app(project):
    project.write({"app.py": SERVICE})
    return project.load("app")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("self.a = 1", "self.a = 1; self.b = 3"),
        ("def __init__(self):", "def __init__(self, n=1):"),
        ("class Service:", "class Service(list):"),
        ("class Service:", "class Service:\n    size = 1"),
        ("self.told += 1", "self.told += 1\n        pass"),
    ],
)
def test_an_edit_of_a_class_is_told_to_its_instances_and_those_of_subclasses(
    project, app, old, new
):
    project.edit("app.py", old, new)
    project.refresh()

    assert [s.told for s in app.services] == [1, 1] or old == "class Service:"
    assert [(s.told, s.b) for s in app.services] == [(1, 2), (1, 2)]
    assert [isinstance(s, app.Service) for s in app.services] == [True, True]


def test_a_subclass_is_told_of_its_own_edits(project, app):
    project.edit(
        "app.py",
        "class Special(Service):\n    def run(self): return 1",
        "class Special(Service):\n    def run(self): return 2",
    )

    assert project.refresh() == ["patch app.Special.run"]
    assert [s.told for s in app.services] == [0, 1]


def test_a_member_that_is_gone_is_told_of(project, app):
    project.edit(
        "app.py",
        "class Special(Service):\n    def run(self): return 1",
        "class Special(Service):\n    pass",
    )
    project.refresh()

    assert [s.told for s in app.services] == [0, 1]


def test_other_edits_are_not_told_and_nothing_is_searched(project, app, monkeypatch):
    monkeypatch.setattr(gc, "get_referrers", None)
    project.edit(
        "app.py",
        "class Other:\n    def run(self): return 1",
        "# above\nclass Other:\n    def run(self): return 2",
    )
    project.edit("app.py", "def helper(): return 1", "def helper(): return 2")

    project.refresh()

    assert [s.told for s in app.services] == [0, 0]


def test_what_it_raises_takes_the_reload_back_and_what_it_did_to_instances(project, app):
    project.edit(
        "app.py",
        "self.b = 2",
        "self.b = 2\n            self.c = 3\n            if type(self) is Special: 1 / 0",
    )

    assert isinstance(project.fail(), ZeroDivisionError)
    assert [vars(s) for s in app.services] == [{"a": 1, "told": 0}] * 2
    project.edit("app.py", "1 / 0", "pass")
    project.refresh()
    assert [s.c for s in app.services] == [3, 3]


def test_ctrl_c_in_it_takes_the_reload_back(project, app):
    project.edit("app.py", "self.told += 1", "self.told += 1\n        raise KeyboardInterrupt")

    with pytest.raises(KeyboardInterrupt):
        project.sync.refresh()

    assert [vars(s) for s in app.services] == [{"a": 1, "told": 0}] * 2


def test_it_sees_the_whole_change(project):
    project.write(
        {
            "sizes.py": "SIZE = 1\n",
            "app.py": """
            from sizes import SIZE
            class Box:
                seen = None
                def __reloaded__(self): self.seen = SIZE, self.width()
                def width(self): return 1
            box = Box()
            """,
        }
    )
    app = project.load("app")
    project.edit("app.py", "def width(self): return 1", "def width(self): return 2")
    project.edit("sizes.py", "1", "5")
    project.refresh()

    assert app.box.seen == (5, 2)


def test_an_instance_with_slots_and_a_class_inside_of_one(project):
    project.write(
        {
            "app.py": """
            class A:
                class B:
                    __slots__ = ("told",)
                    def __reloaded__(self): self.told = 1
            b = A.B()
            """
        }
    )
    app = project.load("app")
    project.edit("app.py", "self.told = 1", "self.told = 2")
    project.refresh()

    assert app.b.told == 2


def test_a_class_of_another_layout_tells_the_instances_that_went_over(project):
    project.write(
        {
            "app.py": """
            class A:
                def __reloaded__(self): self.told = type(self).__name__
            a = A()
            """
        }
    )
    app = project.load("app")
    project.edit("app.py", "class A:", "import abc\nclass A(abc.ABC):")
    report = project.report()
    assert report.error is None
    assert app.a.told


def test_a_coroutine_function_is_refused(project, app):
    project.edit(
        "app.py",
        "class Special(Service):",
        "class Special(Service):\n    async def __reloaded__(self): ...",
    )

    error = project.fail()

    assert isinstance(error, TypeError)
    assert "__reloaded__ is a coroutine function" in str(error)
