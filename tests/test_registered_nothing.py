"""Statements that call what fills several registries, and have put nothing into one of them."""

from __future__ import annotations

import pytest

REGISTRY = """\
    REGISTRY = {}
    ALIASES = {}
    class Command:
        def __init__(self, f): self.f, self.calls = f, 0
    def command(*aliases):
        def decorate(f):
            REGISTRY[f.__name__] = Command(f)
            for alias in aliases:
                PUT
            return f
        return decorate
"""
KICK = "from reg import command\n@command()\ndef kick(who): return who\n"
JOKE = "from reg import command\n@command('j')\ndef joke(): return 'x'\n"
PUTS = {
    "ALIASES[alias] = f.__name__": {"j": "joke"},
    "ALIASES[alias] = f": {"j": "joke"},
    "ALIASES.setdefault(alias, f)": {"j": "joke"},
}


def named(mapping: dict[str, object]) -> dict[str, str]:
    """The functions in a mapping by their names."""
    return {key: getattr(value, "__name__", value) for key, value in mapping.items()}


@pytest.mark.parametrize("put", PUTS)
def test_where_all_that_is_there_is_others_nothing_is_missed(project, put):
    project.write({"reg.py": REGISTRY.replace("PUT", put), "a.py": KICK, "b.py": JOKE})
    project.load("a")
    project.load("b")
    reg = project.load("reg")
    joke, aliases = reg.REGISTRY["joke"], reg.ALIASES
    joke.calls = 7
    for old, new in (("who)", "who, why=None)"), ("who, why=None)", "who)")):
        project.edit("a.py", old, new)

        assert project.refresh() == ["run a.kick"]

        assert list(reg.REGISTRY) == ["kick", "joke"]
    project.write({"a.py": "from reg import command\n"})
    assert project.refresh() == ["drop a.kick"]
    assert list(reg.REGISTRY) == ["joke"]
    project.write({"a.py": KICK})
    assert project.refresh() == ["run a.kick"]

    assert list(reg.REGISTRY) == ["kick", "joke"]
    assert reg.REGISTRY["joke"] is joke
    assert joke.calls == 7
    assert reg.ALIASES is aliases
    assert named(aliases) == PUTS[put]


def test_where_nothing_is_there_nothing_is_missed(project):
    text = REGISTRY.replace("PUT", "ALIASES[alias] = f.__name__")
    project.write({"reg.py": text, "a.py": KICK, "b.py": JOKE.replace("'j'", "")})
    project.load("a")
    project.load("b")
    reg = project.load("reg")
    joke = reg.REGISTRY["joke"]
    project.edit("a.py", "who)", "who, why=None)")

    assert project.refresh() == ["run a.kick"]

    assert reg.REGISTRY["joke"] is joke
    assert list(reg.REGISTRY) == ["kick", "joke"]
    assert reg.ALIASES == {}


@pytest.mark.parametrize(
    ("put", "expected"),
    [
        ("ALIASES[len(ALIASES)] = 1", {0: 1}),  # which may be anybody's
        ("ALIASES[alias] = 1", {"j": 1}),
    ],
)
def test_where_anything_is_nobodys_the_container_is_made_anew(project, put, expected):
    project.write({"reg.py": REGISTRY.replace("PUT", put), "a.py": KICK, "b.py": JOKE})
    project.load("a")
    project.load("b")
    reg = project.load("reg")
    project.edit("a.py", "who)", "who, why=None)")

    assert project.refresh() == ["rerun reg.ALIASES", "run a.kick", "rerun b.joke"]

    assert dict(reg.ALIASES) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [("'last'", {"last": "joke"}), ("len(f.__name__)", {4: "joke"})],
)
def test_a_key_that_another_one_set_after_it_is_missed(project, key, expected):
    """Nothing of it is there, as the other one had the last word, and is to have it again."""
    text = REGISTRY.replace("for alias in aliases:", "if True:")
    text = text.replace("PUT", f"ALIASES[{key}] = f.__name__")
    project.write({"reg.py": text, "b.py": KICK + JOKE.partition("\n")[2]})
    b, reg = project.load("b"), project.load("reg")
    project.edit("b.py", "who)", "who, why=None)")

    assert project.refresh() == ["rerun reg.ALIASES", "run b.kick", "rerun b.joke"]

    assert b.kick(1) == 1
    assert list(reg.REGISTRY) == ["kick", "joke"]
    assert dict(reg.ALIASES) == expected
