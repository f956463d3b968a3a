"""An object of a library that its adapter lets be poured: who was given it has what its line makes now."""

from __future__ import annotations

import sys
import weakref

import pytest

LIBRARY = """
import weakref
class Site:
    kind = "site"
    def __init__(self, title="", guard=None):
        self.title, self.pages, self.guard, self.data = title, [], guard, {}
        self.me = lambda: self
        self.weak, self.proxy = weakref.ref(self), weakref.proxy(self)
    def page(self, function):
        self.pages.append(function)
        return function
    def serve(self): return [self.title, *(page() for page in self.pages)]
    __call__ = serve
class Server:
    def __init__(self, factory, *arguments):
        self.factory, self.arguments, self.site = factory, arguments, factory(*arguments)
class Slotted(Site):
    __slots__ = ("slot",)
class Admin:
    def __init__(self, site):
        self.site = site
        site.pages.append(lambda: "admin")
"""
ADAPTER = """
from heatsync import adapters
from sites import Server, Site
class Adapter(adapters.Adapter):
    def served(self):
        for server in adapters.in_flight(Server):
            yield adapters.Served(server.site, server.factory, server.arguments)
            len(server.arguments)
    def pours(self, thing):
        return isinstance(thing, Site)
    def poured(self, old, new):
        self.journal.set_attribute(new, "data", old.data)
        if new.title == "bad":
            raise ValueError("bad")
"""


@pytest.fixture
def sites(tmp_path, monkeypatch):
    """A library and its adapter, as an installer leaves them."""
    site = tmp_path / "site"
    info = site / "sites-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "sites.py").write_text(LIBRARY)
    (site / "sites_heatsync.py").write_text(ADAPTER)
    (info / "entry_points.txt").write_text("[heatsync.adapters]\nsites = sites_heatsync:Adapter\n")
    monkeypatch.syspath_prepend(site)
    yield site
    for name in ("sites", "sites_heatsync"):
        sys.modules.pop(name, None)


APP = """
    from sites import Admin, Site
    site = Site("one")
    admin = Admin(site)
    held = [site]
    @site.page
    def a(): return "a"
    """


def test_all_that_holds_the_object_has_what_its_line_makes_now(project, sites):
    project.write({"app.py": APP, "other.py": "from app import site\n"})
    app, other = project.load("app"), project.load("other")
    site, weak, serve = app.site, weakref.ref(app.site), app.site.serve
    site.data["run"], site.later = 1, "from outside"

    project.edit("app.py", '"one"', '"two"')

    assert project.refresh() == ["run app.site", "rerun app.admin", "rerun app.a"]
    assert app.site is other.site is app.held[0] is app.admin.site is site
    assert site.me() is site.weak() is weak() is site
    assert serve() == site.proxy.serve() == ["two", "admin", "a"]
    assert (site.data, site.later) == ({"run": 1}, "from outside")
    told = project.sync.history[-1].explain()
    assert ", and poured" in told


def test_a_batch_that_fails_leaves_it_as_it_was(project, sites):
    project.write({"app.py": APP})
    app = project.load("app")
    site = app.site

    project.edit("app.py", '"one"', '"two"')
    project.edit("app.py", 'return "a"', 'return "b"\nsite.title = "three"\n1 / 0')
    project.fail_leaving(site)

    assert app.site is site
    assert site.serve() == ["one", "admin", "a"]


def test_what_its_adapter_raises_is_told_and_it_is_poured_all_the_same(project, sites):
    project.write({"app.py": APP})
    app = project.load("app")
    site = app.site
    project.edit("app.py", '"one"', '"bad"')
    project.refresh()
    assert app.site is site
    assert site.serve() == ["bad", "admin", "a"]
    assert project.sync.history[-1].notes == (
        "sites_heatsync failed, so what it cares for may be old: ValueError: bad",
    )


@pytest.mark.parametrize(
    ("before", "edit", "titles"),
    [
        # One with slots of its own is more than its `__dict__`.
        ("from sites import Slotted\nsite = Slotted('one')", ("'one'", "'two'"), ("one", "two")),
        # Another type of object.
        ("from sites import *\nsite = Site('one')", ("Site(", "Slotted("), ("one", "one")),
        # It was there before, and somebody else's, too.
        (
            "from sites import Site\nBOTH = [Site('one'), Site('two')]\nsite = BOTH.pop(0)",
            ("pop(0)", "pop(-1)"),
            ("one", "two"),
        ),
        (
            "from sites import Site\nONE, TWO = Site('one'), Site('two')\n"
            "def chosen(): return ONE\nsite = chosen()",
            ("return ONE", "return TWO"),
            ("one", "two"),
        ),
    ],
)
def test_what_cannot_be_poured_is_another_object(project, sites, before, edit, titles):
    project.write({"app.py": before})
    app = project.load("app")
    site = app.site
    project.edit("app.py", *edit)
    project.refresh()
    assert app.site is not site
    assert (site.title, app.site.title) == titles


def test_a_wrapper_that_is_called_in_its_place_is_poured_with_it(project, sites):
    project.write(
        {
            "app.py": """
                from sites import Site
                class Loud:
                    def __init__(self, site, mark): self.site, self.mark = site, mark
                    def __call__(self): return [text + self.mark for text in self.site()]
                site = Site("one")
                @site.page
                def a(): return "a"
                site = Loud(site, "!")
                site = Loud(site, "?")
                """
        }
    )
    app = project.load("app")
    outer, inner = app.site, app.site.site.site
    project.edit("app.py", '"one"', '"two"')
    project.edit("app.py", '"!"', '"."')
    project.refresh()
    assert app.site is outer
    assert outer.site.site is inner
    assert outer() == ["two.?", "a.?"]

    project.edit("app.py", '"?")', '"??")\n1 / 0')
    project.fail()
    assert outer() == ["two.?", "a.?"]


def test_two_names_of_one_object_and_one_that_a_function_sets(project, sites):
    project.write(
        {
            "app.py": """
                from sites import Site
                one = other = Site("one")
                def start():
                    global made
                    made = Site("made")
                start()
                """
        }
    )
    app = project.load("app")
    one, made = app.one, app.made
    project.edit("app.py", '"one"', '"two"')
    project.edit("app.py", '"made"', '"more"')
    project.refresh()
    assert app.one is app.other is one
    assert app.made is made
    assert (one.title, made.title) == ("two", "more")


def test_a_function_that_it_was_given_is_no_reason_to_register_again(project, sites):
    project.write(
        {
            "app.py": """
                from sites import Site
                def guard(): return 1
                site = Site("one", guard)
                @site.page
                def a(): return "a"
                """
        }
    )
    project.load("app")
    project.edit("app.py", "return 1", "return 2")
    assert project.refresh() == ["patch app.guard"]


FACTORY = """
    from sites import Site
    WORD = "one"
    class Sites:
        @staticmethod
        def make(more): return Site(WORD, more)
    def make(*more):
        site = Site(WORD)
        site.pages.extend(lambda: each for each in more)
        return site
    """


def test_what_a_server_made_of_a_factory_becomes_what_that_makes_now(project, sites):
    project.write({"app.py": FACTORY})
    app = project.load("app")
    server = project.load("sites").Server(app.make, "x")
    site = server.site

    project.edit("app.py", 'WORD = "one"', 'WORD = "two"')
    assert project.refresh() == ["run app.WORD", "rerun app.make(…)"]
    assert server.site is site
    assert site.serve() == ["two", "x"]
    assert (
        project.sync.history[-1]
        .explain()
        .endswith(
            "app.make(…) ran again: it calls app.make, which reads app.WORD, "
            f"which line 2 of {app.__file__} rebound from 'one' to 'two'"
        )
    )

    project.edit("app.py", "return site", "site.pages.clear()\n    return 1 / 0")
    assert isinstance(project.fail_leaving(site), ZeroDivisionError)
    assert "make(…)" not in vars(app)


def test_a_factory_may_be_a_static_method(project, sites):
    project.write({"app.py": FACTORY})
    app = project.load("app")
    server = project.load("sites").Server(app.Sites.make, "x")
    project.edit("app.py", "return Site(WORD, more)", "return Site(WORD + more)")
    assert project.refresh() == ["patch app.Sites.make", "rerun app.make(…)"]
    assert server.site.serve() == ["onex"]


def test_what_an_adapter_raises_that_tells_of_servers_is_told(project, sites):
    project.write({"app.py": FACTORY})
    app = project.load("app")
    server = project.load("sites").Server(app.make)
    server.arguments = 1
    project.edit("app.py", "site = Site(WORD)", "site = Site(WORD + WORD)")
    assert project.refresh() == ["patch app.make"]
    [note] = project.sync.history[-1].notes
    assert note.startswith("sites_heatsync failed, so what it cares for may be old: TypeError")
    assert server.site.serve() == ["one"]


def test_it_is_made_anew_where_nothing_else_tells_what_a_statement_did_to_it(project, sites):
    project.write(
        {
            "tool.py": """
                class Tool:
                    def install(self, site, text="tool"): site.pages.append(lambda: text)
                tool = Tool()
                """,
            "app.py": """
                from sites import Site
                from tool import tool
                site = Site("one")
                tool.install(site)
                site.title = site.title + "!"
                @site.page
                def a(): return "a"
                """,
        }
    )
    app = project.load("app")
    site = app.site
    for old, new, pages in [
        ("install(site)", "install(site, 'other')", ["one!", "other", "a"]),
        ("install(site, 'other')", "install(site)", ["one!", "tool", "a"]),
        ('"!"', '"?"', ["one?", "tool", "a"]),
        ('site.title = site.title + "?"', "# it is gone", ["one", "tool", "a"]),
        ("tool.install(site)", "# it is gone, too", ["one", "a"]),
    ]:
        project.edit("app.py", old, new)
        assert project.refresh()[0] == "rerun app.site"
        assert site.serve() == pages
        assert app.site is site
    project.edit("app.py", "# it is gone, too", "tool.install(site)")
    assert project.refresh() == ["run app:4"]
    project.edit("app.py", 'return "a"', 'return "b"')
    assert project.refresh() == ["patch app.a"]
