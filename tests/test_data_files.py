"""Data files as dicts and lists that stay what the file says."""

import builtins
import json
import sys

import pytest

from heatsync import Heatsync, LostSourceError, RefusedError, UnreadableError
from heatsync._resident.live import LIVE

FORMATS = {
    "settings.json": ('{"a": {"b": 1}, "c": [1, 2]}', '{"a": {"b": 2}, "d": [3]}'),
    "settings.toml": ("c = [1, 2]\n[a]\nb = 1\n", "d = [3]\n[a]\nb = 2\n"),
    "settings.yaml": ("a: {b: 1}\nc: [1, 2]\n", "a: {b: 2}\nd: [3]\n"),
    "settings.yml": ("a: {b: 1}\nc: [1, 2]\n", "a:\n  b: 2\nd:\n- 3\n"),
    "LOUD.json": ('\ufeff{"a": {"b": 1}, "c": [1, 2]}', '{"a": {"b": 2}, "d": [3]}'),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_data_file_gives_a_dict_that_is_changed_in_place(project, name):
    before, after = FORMATS[name]
    project.write({name: before})
    settings = project.sync.require(project.root / name)
    inner, other = settings["a"], project.sync.require(str(project.root / name))
    assert settings == {"a": {"b": 1}, "c": [1, 2]}

    project.write({name: after})

    assert project.refresh() == [f"sync {name}"]
    assert settings is other
    assert settings == {"a": {"b": 2}, "d": [3]}
    assert settings["a"] is inner


def test_a_list_is_changed_in_place(project):
    project.write({"names.json": '["a", "b"]'})
    names = project.sync.require(project.root / "names.json")

    project.write({"names.json": '["b", {"c": null}]'})

    assert project.refresh() == ["sync names.json"]
    assert names == ["b", {"c": None}]


def test_the_order_of_the_keys_is_that_of_the_file(project):
    project.write({"settings.json": '{"a": 1, "b": 2}'})
    settings = project.sync.require(project.root / "settings.json")

    project.write({"settings.json": '{"b": 2, "a": 1}'})

    project.refresh()
    assert list(settings) == ["b", "a"]


def test_a_file_that_says_the_same_in_other_words_is_synced_and_nothing_else_happens(project):
    project.write({"settings.json": '{"a": [1]}'})
    settings = project.sync.require(project.root / "settings.json")

    project.write({"settings.json": '{"a":\n [1]}'})

    assert project.refresh() == ["sync settings.json"]
    assert settings == {"a": [1]}


def test_what_a_live_module_derives_from_it_follows(project):
    project.write(
        {
            "settings.json": '{"limit": 1}',
            "app.py": """
                import heatsync
                sync = heatsync.Heatsync(watch=False)
                SETTINGS = sync.require("./settings.json")
                LIMIT = SETTINGS["limit"] * 2
                def limit(): return LIMIT, SETTINGS["limit"]
                """,
            "user.py": "from app import LIMIT\nHALF = LIMIT / 2",
        }
    )
    app, user = project.load("app"), project.load("user")

    project.edit("settings.json", "1", "5")
    report = app.sync.refresh()

    assert report.error is None
    assert report.trace[0] == "sync settings.json"
    assert app.limit() == (10, 5)
    assert user.LIMIT == 10
    assert user.HALF == 5
    app.sync.dispose()


def test_two_names_for_one_dict_part_when_the_file_parts_them(project):
    project.write({"settings.yaml": "a: &x {v: 1}\nb: *x\n"})
    settings = project.sync.require(project.root / "settings.yaml")
    assert settings["a"] is settings["b"]

    project.write({"settings.yaml": "a: {v: 1}\nb: {v: 2}\n"})

    project.refresh()
    assert settings == {"a": {"v": 1}, "b": {"v": 2}}


def test_a_dict_in_it_may_become_something_else_and_a_dict_again(project):
    project.write({"settings.json": '{"a": {"b": 1}}'})
    settings = project.sync.require(project.root / "settings.json")

    for value in ([1], "x", None, {"b": 2}, {"b": {"c": [{}]}}):
        project.write({"settings.json": json.dumps({"a": value})})
        project.refresh()
        assert settings == {"a": value}


# Whole or not at all


BROKEN = {
    "settings.json": ('{"a": 1}', '{"a": ', "JSONDecodeError"),
    "settings.toml": ("a = 1", "a = ", "TOMLDecodeError"),
    "settings.yaml": ("a: 1", "a: [", "ParserError"),
    "bytes.json": ('{"a": 1}', b'{"a": "\xff"}', "UnicodeDecodeError"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_the_reports_error_and_the_value_is_untouched(project, name):
    before, broken, told = BROKEN[name]
    project.write({name: before})
    settings = project.sync.require(project.root / name)

    project.write({name: broken})
    error = project.fail()

    assert isinstance(error, UnreadableError)
    assert error.file == str(project.root / name)
    assert str(error).startswith(f"{error.file}: {told}")
    assert str(error).endswith("Correct the file and save it again")
    assert settings == {"a": 1}
    assert project.sync.refresh() is None
    project.write({name: before.replace("1", "2")})
    project.refresh()
    assert settings == {"a": 2}


def test_a_broken_file_and_a_good_module_are_one_batch(project):
    project.write({"settings.json": '{"a": 1}', "app.py": "X = 1"})
    app = project.load("app")
    settings = project.sync.require(project.root / "settings.json")

    project.write({"settings.json": "{", "app.py": "X = 2"})
    project.fail()
    assert (app.X, settings) == (1, {"a": 1})

    project.write({"settings.json": '{"a": 2}'})
    assert project.refresh() == ["sync settings.json", "run app.X"]
    assert (app.X, settings) == (2, {"a": 2})


def test_a_good_file_and_a_module_that_fails_are_one_batch(project):
    project.write({"settings.json": '{"a": {"b": 1}, "z": 0}', "app.py": "X = 1"})
    app = project.load("app")
    settings = project.sync.require(project.root / "settings.json")
    inner = settings["a"]

    project.write({"settings.json": '{"a": {"b": 2}, "y": 0}', "app.py": "X = 1 / 0"})
    assert isinstance(project.fail(), ZeroDivisionError)

    assert (app.X, settings, list(settings)) == (1, {"a": {"b": 1}, "z": 0}, ["a", "z"])
    assert settings["a"] is inner


# Refused


@pytest.mark.parametrize(
    ("text", "kind"), [("1", "an int"), ('"a"', "a str"), ("null", "nothing"), ("true", "a bool")]
)
def test_a_scalar_at_the_top_level_is_refused(project, text, kind):
    project.write({"settings.json": text})

    with pytest.raises(RefusedError) as caught:
        project.sync.require(project.root / "settings.json")

    assert caught.value.what == str(project.root / "settings.json")
    assert f"it holds {kind} at its top level, which cannot change in place" in str(caught.value)
    assert str(caught.value).endswith("Put it into an object or a list")
    assert not LIVE.data
    assert str(project.root / "settings.json") not in project.sync._keeper.claimed


def test_a_file_that_becomes_a_scalar_is_the_reports_error(project):
    project.write({"settings.json": "[1]"})
    settings = project.sync.require(project.root / "settings.json")

    project.write({"settings.json": "1"})

    assert isinstance(project.fail(), RefusedError)
    assert settings == [1]


def test_a_list_that_becomes_a_dict_is_refused_and_nothing_changes(project):
    project.write({"settings.json": "[1]", "app.py": "X = 1"})
    settings = project.sync.require(project.root / "settings.json")
    app = project.load("app")

    project.write({"settings.json": "{}", "app.py": "X = 2"})
    error = project.fail()

    assert isinstance(error, RefusedError)
    assert "it held a list and now holds a dict" in str(error)
    assert (settings, app.X) == ([1], 1)


def test_a_list_that_becomes_a_dict_is_refused_by_the_name_of_the_file(project):
    project.write({"settings.json": "[1]"})
    project.sync.require(project.root / "settings.json")

    project.write({"settings.json": "{}"})

    assert str(project.root / "settings.json") in str(project.fail())


def test_yaml_without_pyyaml_is_refused_with_what_to_install(project, monkeypatch):
    project.write({"settings.yaml": "a: 1"})
    monkeypatch.setitem(sys.modules, "yaml", None)

    with pytest.raises(RefusedError, match=r"PyYAML is not installed\. Run: pip install pyyaml"):
        project.sync.require(project.root / "settings.yaml")


def test_a_broken_file_that_is_required_the_first_time_is_told_to_the_caller(project):
    project.write({"settings.json": "{"})

    with pytest.raises(UnreadableError, match=r"settings\.json: JSONDecodeError"):
        project.sync.require(project.root / "settings.json")

    assert not LIVE.data


def test_a_file_that_cannot_be_read_is_told_to_the_caller(project, monkeypatch):
    project.write({"settings.json": "{}"})

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("heatsync._importing.read", refuse)

    with pytest.raises(
        LostSourceError, match=r"settings.json could not be read \(Permission denied\)"
    ):
        project.sync.require(project.root / "settings.json")


def test_formats_are_loaded_only_when_such_a_file_is(tmp_path):
    from running import python

    done = python(
        "-c",
        "import heatsync, sys; print({'yaml', 'tomllib', 'watchdog', 'asyncio'} & {*sys.modules})",
        cwd=tmp_path,
    )

    assert done.stdout == "set()\n"


def test_a_value_is_live_only_while_somebody_keeps_it(project):
    project.write({"settings.json": '{"a": 1}'})
    with Heatsync(watch=False) as sync:
        settings = sync.require(project.root / "settings.json")
    assert not LIVE.data

    assert project.sync.require(project.root / "settings.json") is not settings


def test_what_is_in_a_list_stays_itself(project):
    """What stands before and behind the edit; in between, what stands in the same place."""
    file = "levels.json"
    project.write({file: '[{"n": 1}, {"n": 2}, [3], {"n": 4}]'})
    levels = project.sync.require(str(project.root / file))
    held = [*levels]
    project.write({file: '[{"n": 1}, {"n": 22}, [3, 4], {"n": 4}]'})
    project.report()

    assert levels == [{"n": 1}, {"n": 22}, [3, 4], {"n": 4}]
    assert all(now is before for now, before in zip(levels, held, strict=True))
    project.write({file: '[{"n": 7}, {"n": 1}, {"n": 22}, [3, 4], {"n": 4}]'})
    project.report()
    assert all(now is before for now, before in zip(levels[1:], held, strict=True))
    project.write({file: '[{"n": 22}, [3, 4], {"n": 4}]'})
    project.report()
    assert all(now is before for now, before in zip(levels, held[1:], strict=True))


# What is computed of it


@pytest.fixture
def live(project, monkeypatch):
    """Names by which the files of a project come to their data."""
    monkeypatch.setattr(builtins, "sync", project.sync, raising=False)
    project.write({"conf.py": "from pathlib import Path\nHERE = Path(__file__).parent\n"})
    return project


def test_what_is_computed_of_a_part_that_has_a_name_follows(live):
    live.write(
        {
            "waves.json": '{"waves": [{"size": 1}, {"size": 2}], "others": [[7]], "n": 1}',
            "app.py": """
                from conf import HERE
                DATA = sync.require(HERE / "waves.json")
                WAVES, OTHERS = DATA["waves"], DATA["others"]
                FIRST = WAVES[0]
                def total(): return sum(w["size"] for w in WAVES)
                """,
            "user.py": """
                from app import DATA, FIRST, OTHERS, WAVES, total
                TOTAL = sum(w["size"] for w in WAVES)
                CALLED = total()
                SIZE = FIRST["size"]
                OTHER = sum(OTHERS[0])
                N = DATA["n"] + 1
                """,
        }
    )
    user, app = live.load("user"), live.load("app")
    first = app.FIRST
    live.edit("waves.json", '"size": 2', '"size": 5')

    assert live.refresh() == [
        "sync waves.json",
        "rerun app.WAVES, OTHERS",
        "rerun app.FIRST",
        "rerun user.TOTAL",
        "rerun user.CALLED",
        "rerun user.N",
    ]

    assert app.FIRST is user.FIRST is first
    assert (user.TOTAL, user.CALLED, user.OTHER, user.N) == (6, 6, 7, 2)


def test_what_is_computed_of_a_file_that_says_the_same_is_left_alone(live):
    text = "from conf import HERE\nDATA = sync.require(HERE / 'n.json')\nX = [len(DATA)]"
    live.write({"n.json": '{"a": [1]}', "app.py": text})
    live.load("app")
    live.write({"n.json": '{"a":\n[1]}'})

    assert live.refresh() == ["sync n.json"]
