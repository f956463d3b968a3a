"""What one statement sets on an object that another one made: who has the last word, and who sees it."""

import pytest


@pytest.mark.parametrize(
    ("home", "user", "old", "new", "told"),
    [
        ("LEVEL = 1\n", "import lib\nlib.LEVEL = 70\n", "= 1", "= 2", "lib.LEVEL"),
        (
            "def f(): return 1\n",
            "import lib\nplain = lib.f\nlib.f = lambda *a: ('patched', plain(*a))\n",
            "def f(): return 1",
            "def f(a=0): return 2",
            "lib.f()",
        ),
        ("LEVEL = 1\n", "import lib\nsetattr(lib, 'LEVEL', 70)\n", "= 1", "= 2", "lib.LEVEL"),
        ("class C: K = 1\n", "import lib\nlib.C.K = 50\n", "K = 1", "K = 2", "lib.C.K"),
    ],
)
def test_who_sets_it_later_has_the_last_word(project, home, user, old, new, told):
    project.write({"lib.py": home, "app.py": user})
    lib = project.load("lib")
    project.load("app")
    project.edit("lib.py", old, new)
    project.refresh()

    assert (
        eval(told, {"lib": lib})
        == {"lib.LEVEL": 70, "lib.f()": ("patched", 2), "lib.C.K": 50}[told]
    )


def test_who_sets_it_earlier_has_not(project):
    project.write(
        {
            "lib.py": "LEVEL = 1\n",
            "one.py": "import lib\nlib.LEVEL = 10\n",
            "two.py": "import lib, one\nlib.LEVEL = 20\n",
        }
    )
    lib = project.load("lib")
    project.load("two")
    project.edit("two.py", "20", "30")
    assert project.refresh() == ["run two:2"]
    assert lib.LEVEL == 30


SEEN = {
    "an argument is added": (
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--a', default=1)\n"
        "args = p.parse_args([])\nX = args.a\n",
        "default=1",
        "default=2",
    ),
    "a method is called": (
        "class Settings:\n    def load(self, **k): self.__dict__.update(k)\n"
        "settings = Settings()\nsettings.load(debug=1)\nX = settings.debug\n",
        "debug=1",
        "debug=2",
    ),
    "a function is called": (
        "class O: pass\ndef configure(o): o.x = 1\no = O()\nconfigure(o)\nX = o.x\n",
        "o.x = 1",
        "o.x = 2",
    ),
}


@pytest.mark.parametrize(("text", "old", "new"), SEEN.values(), ids=SEEN)
def test_what_a_call_does_to_an_object_is_seen_below(project, text, old, new):
    project.write({"app.py": text})
    app = project.load("app")
    assert app.X == 1
    project.edit("app.py", old, new)
    project.refresh()

    assert app.X == 2


WRAP = """
def wrap(function, *words):
    def wrapper(*given): return (*words, function(*given))
    return wrapper
"""
AROUND = {
    # A method, and one that is wrapped twice.
    "class": """
        from wrapping import wrap
        class C:
            def ask(self): return "asked"
        c = C()
        C.ask = wrap(C.ask, "one")
        C.ask = wrap(C.ask, "two")
        def ask(): return c.ask()
        """,
    # A function of another file.
    "module": """
        import lib
        from wrapping import wrap
        lib.ask = wrap(lib.ask, "one")
        lib.ask = wrap(lib.ask, "two")
        def ask(): return lib.ask()
        """,
}


@pytest.mark.parametrize("text", AROUND.values(), ids=[*AROUND])
def test_what_is_put_around_an_attribute_is_around_it_once(project, text):
    project.write(
        {"wrapping.py": WRAP, "lib.py": 'def ask(): return "asked"\n', "main.py": text},
    )
    main = project.load("main")
    assert main.ask() == ("two", ("one", "asked"))
    for old, new, answer in [
        ('"two"', '"2"', ("2", ("one", "asked"))),
        ('"2"', '"two"', ("two", ("one", "asked"))),
        ('"one"', '"1"', ("two", ("1", "asked"))),
        ('"1"', '"one"', ("two", ("one", "asked"))),
    ]:
        project.edit("main.py", old, new)
        project.refresh()
        assert main.ask() == answer
    project.edit("main.py", '"one"', '"1", 1 / 0')
    project.fail()
    assert main.ask() == ("two", ("one", "asked"))
    project.edit("main.py", '"1", 1 / 0', '"1"')
    project.refresh()
    assert main.ask() == ("two", ("1", "asked"))
