"""Functions that stand in others: live closures, and what they close over."""

from __future__ import annotations


def test_live_closures_get_the_new_body_and_keep_their_cells(project):
    project.write(
        {"app.py": "def make(n):\n    def add(x):\n        return x + n\n    return add\n"}
    )
    app = project.load("app")
    add = [app.make(1), app.make(2)]
    project.edit("app.py", "x + n", "x * 10 + n")

    assert project.refresh() == ["patch app.make"]

    assert [f(1) for f in add] == [11, 12]


def test_live_closures_are_found_after_lines_were_shifted(project):
    project.write(
        {"app.py": "def make(n):\n    def add(x):\n        return x + n\n    return add\n"}
    )
    app = project.load("app")
    add = app.make(1)
    project.edit("app.py", "def make", "# a comment\n\ndef make")
    assert project.refresh() == []
    project.edit("app.py", "x + n", "x * 10 + n")
    assert project.refresh() == ["patch app.make"]

    assert add(1) == 11
    assert app.make(2)(1) == 12


def test_closures_of_several_generations_all_get_the_new_body(project):
    project.write(
        {"app.py": "def make(n):\n    def add(x):\n        return x + n\n    return add\n"}
    )
    app = project.load("app")
    made = [app.make(0)]
    for number in range(1, 4):
        project.edit("app.py", "x + n", f"{number} + x + n")
        assert project.refresh() == ["patch app.make"]
        made.append(app.make(0))

    assert [f(1) for f in made] == [7] * 4


def test_a_live_closure_gains_a_free_variable_that_it_cannot_have(project):
    project.write(
        {
            "app.py": "def make(n):\n    m = 5\n    def add(x):\n        return x + n\n    return add\n"
        }
    )
    app = project.load("app")
    add = app.make(1)
    project.edit("app.py", "x + n", "x + n + m")

    assert project.refresh() == ["patch app.make"]

    assert app.make(1)(1) == 7
    assert add(1) == 2  # m was never kept for it: it stays what it was


def test_a_live_closure_loses_a_free_variable(project):
    project.write(
        {"app.py": "def make(n, m):\n    def add(x=1):\n        return x + n + m\n    return add\n"}
    )
    app = project.load("app")
    add = app.make(1, 1)
    project.edit("app.py", "x + n + m", "x * 10 + n")

    assert project.refresh() == ["patch app.make"]

    assert app.make(1, 1)(1) == 11
    assert add(1) == 11
    assert add() == 11


def test_a_lambda_in_a_function_and_a_comprehension(project):
    project.write(
        {"app.py": "def make(n): return [lambda x, i=i: x + i + n for i in range(2)]\nfs = make(0)"}
    )
    app = project.load("app")
    fs = app.make(100)
    project.edit("app.py", "x + i + n", "x * i * n")
    project.refresh()

    assert [f(2) for f in fs] == [0, 200]


def test_a_class_in_a_function(project):
    project.write(
        {
            "app.py": "def make():\n    class C:\n        def m(self): return 1\n    return C\nC = make()\n"
        }
    )
    app = project.load("app")
    local = app.make()
    instance = local()
    project.edit("app.py", "return 1", "return 2")
    project.refresh()

    assert app.make()().m() == 2
    assert app.C().m() == 2
    assert instance.m() == 2


def test_nested_functions_two_deep(project):
    project.write(
        {
            "app.py": """
        def one(a):
            def two(b):
                def three(c):
                    return a, b, c
                return three
            return two
        """
        }
    )
    app = project.load("app")
    two = app.one(1)
    three = two(2)
    project.edit("app.py", "return a, b, c", "return c, b, a")

    assert project.refresh() == ["patch app.one"]

    assert three(3) == two(2)(3) == app.one(1)(2)(3) == (3, 2, 1)


# ---------------------------------------------------------------------- several edits


def test_a_decorator_makes_a_class_on_the_way(project):
    """What it gives closes over that class, which is another one for each run."""
    lib = """
        def view(methods):
            def decorate(f):
                made = type("Made", (), {"methods": methods})
                def serve(method):
                    return f() if method in made.methods else "not allowed"
                return serve
            return decorate
        """
    project.write({"lib.py": lib})
    project.write({"app.py": "from lib import view\n@view(['get'])\ndef ping(): return 'pong'\n"})
    app = project.load("app")
    held = app.ping
    assert held("post") == "not allowed"
    project.edit("app.py", "['get']", "['get', 'post']")

    assert project.refresh() == ["run app.ping"]

    assert (held("get"), held("post")) == ("pong", "pong")
    assert app.ping is held


def test_a_class_that_functions_inside_of_it_close_over_stays_itself(project):
    text = "def noted(cls):\n    cls.make = staticmethod(lambda: cls)\n    return cls\n"
    project.write({"app.py": text + "@noted\nclass A:\n    x = 1\n"})
    app = project.load("app")
    cls = app.A
    project.edit("app.py", "x = 1", "x = 2\n    y = 3")

    project.refresh()

    assert app.A is cls is app.A.make()
    assert (cls.x, cls.y) == (2, 3)
