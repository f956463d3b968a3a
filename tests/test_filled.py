"""What statements put into containers is seen by those who compute with it below, through calls too."""

import pytest

COUNT = "import functools\nfrom lib import L\ndef count(): return len(L)\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("L = [1]\n", "L = [1]\nL.append(2)\n"),
        ("L = [1]\n", "L = [1]\nL += [2]\n"),
        ("L = [1]\nL.append(2)\n", "L = [1]\nL.extend([2, 3])\n"),
    ],
)
def test_who_calls_a_function_that_looks_into_it_computes_anew(project, before, after):
    user = COUNT + "def twice(): return 2 * count()\nN = twice()\n"
    project.write({"lib.py": before, "user.py": user})
    module = project.load("user")
    project.write({"lib.py": after})

    assert project.refresh().pop() == "rerun user.N"

    assert 2 * len(module.L) == module.N


def test_the_report_tells_how(project):
    project.write({"lib.py": "L = [1]\n", "user.py": COUNT + "N = count()\n"})
    project.load("user")
    project.edit("lib.py", "L = [1]\n", "L = [1]\nL.append(2)\n")

    report = project.report()

    told = [str(cause) for cause in (report.steps[1].cause, report.steps[1].cause.by.cause)]
    assert told == ["it calls user.count", "it reads user.L"]


@pytest.mark.parametrize(
    "user",
    [
        "import functools, lib\n@functools.cache\ndef f(): return len(lib.L)\n",
        "import functools\nfrom lib import L\n@functools.lru_cache(5)\ndef f(): return len(L)\n",
        "import functools\nfrom lib import *\ndef g(): return len(L)\nf = functools.cache(g)\n",
        "import functools\nfrom lib import L\ndef g(): return len(L)\n"
        "@functools.cache\ndef f(): return g()\n",
    ],
)
def test_what_a_cache_has_of_it_is_forgotten(project, user):
    project.write({"lib.py": "L = [1]\n", "user.py": user})
    module = project.load("user")
    assert module.f() == 1
    project.edit("lib.py", "L = [1]\n", "L = [1]\nL.append(2)\n")

    assert project.refresh() == ["run lib:2"]

    assert module.f() == 2


def test_what_stands_above_has_it_as_it_was_there(project):
    text = "L = [1]\ndef count(): return len(L)\nA, B = len(L), count()\nL.append(2)\nC = count()\n"
    project.write({"app.py": text})
    app = project.load("app")
    project.edit("app.py", "L.append(2)\n", "L.append(2)\nL.append(3)\n")

    assert project.refresh() == ["run app:5", "rerun app.C"]

    assert (app.A, app.B, app.C) == (1, 1, 3)


def test_a_decorator_that_fills_it_is_no_reason_to_register_all_anew(project):
    text = "R = {}\ndef on(f):\n    R[f.__name__] = f\n    return f\n"
    text += "@on\ndef a(): return 1\n@on\ndef b(): return 2\ndef names(): return list(R)\n"
    project.write({"app.py": f"{text}ALL = names()\n"})
    app = project.load("app")
    project.write({"app.py": f"{text}@on\ndef c(): return 3\nALL = names()\n"})

    assert project.refresh() == ["run app.c", "rerun app.ALL"]

    assert app.ALL == [*app.R] == ["a", "b", "c"]


def test_who_only_holds_such_a_function_does_not_run(project):
    text = "L = [1]\nclass Task:\n    def __init__(self, call): self.call = call\n"
    text += "def count(): return len(L)\nTASK = Task(count)\n"
    project.write({"app.py": text})
    app = project.load("app")
    task = app.TASK
    project.edit("app.py", "L = [1]\n", "L = [1]\nL.append(2)\n")

    assert project.refresh() == ["run app:2"]

    assert (app.TASK, task.call()) == (task, 2)
