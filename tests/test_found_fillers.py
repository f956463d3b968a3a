"""What the oracle found about containers that statements elsewhere fill, made small."""

from __future__ import annotations


def test_who_fills_a_container_that_moved_is_no_reason_to_run_again(project):
    project.write(
        {
            "old.py": "S = set()\nn = 1\n",
            "new.py": "m = 2\n",
            "app.py": "import new\nfrom old import S\nS.add(len(S))\n",
        }
    )
    app = project.load("app")
    held = app.S
    project.write(
        {
            "old.py": "n = 1\n",
            "new.py": "S = set()\nm = 2\n",
            "app.py": "import new\nfrom new import S\nS.add(len(S))\n",
        }
    )

    assert project.refresh() == ["drop old.S", "move new.S", "run app.S"]

    assert app.S is held == {0}


def test_a_container_that_moved_is_made_anew_where_nothing_tells_what_was_put_in(project):
    project.write(
        {
            "old.py": "S = set()\nn = 1\n",
            "new.py": "m = 2\n",
            "app.py": "import new\nfrom old import S\nS.add(len(S))\nS.add('a')\n",
        }
    )
    app = project.load("app")
    held = app.S
    project.write(
        {
            "old.py": "n = 1\n",
            "new.py": "S = set()\nm = 2\n",
            "app.py": "import new\nfrom new import S\nS.add(len(S) + 5)\nS.add('a')\n",
        }
    )

    project.refresh()

    assert app.S is held == {5, "a"}


def test_those_that_fill_a_container_that_is_made_anew_do_so_in_their_order(project):
    project.write(
        {
            "lib.py": "K = {'n': 1}\n",
            "mid.py": "from lib import K\nK.update(k=K['n'])\ndef f(y=2): return y\n",
            "app.py": "from lib import K\nfrom mid import f\nK.update(k=f())\n",
        }
    )
    app = project.load("app")
    project.edit("mid.py", "y=2", "y=3")

    assert project.refresh() == ["run mid.f", "rerun lib.K", "rerun mid:2", "rerun app:3"]

    assert app.K == {"n": 1, "k": 3}
