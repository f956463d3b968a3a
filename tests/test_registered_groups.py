"""Registries whose entries gather what several statements registered: topics, groups of arguments."""

from __future__ import annotations

import pytest

TOPICS = """\
class Topic:
    def __init__(self, name):
        self.name, self.listeners = name, []
class Bus:
    def __init__(self):
        self.topics, self.all = [], []
    def on(self, name):
        def decorate(f):
            topic = next((t for t in self.topics if t.name == name), None)
            if topic is None:
                topic = Topic(name)
                self.topics.append(topic)
            topic.listeners.append(f)
            {also}
            return f
        return decorate
bus = Bus()
"""
LISTENERS = """\
@bus.on("a")
def f(): return 1
@bus.on("a")
def g(): return 2
@bus.on("b")
def h(): return 3
"""


def told(bus):
    return {topic.name: [listener.__name__ for listener in topic.listeners] for topic in bus.topics}


@pytest.mark.parametrize("also", ["pass", "self.all.append(f)"])
def test_a_topic_stays_when_one_of_its_listeners_is_edited(project, also):
    project.write({"app.py": TOPICS.format(also=also) + LISTENERS})
    app = project.load("app")
    topic = app.bus.topics[0]
    project.edit("app.py", "def g():", "def g(x=1):")

    assert project.refresh() == ["run app.g"]

    assert told(app.bus) == {"a": ["f", "g"], "b": ["h"]}
    assert app.bus.topics[0] is topic


@pytest.mark.parametrize("also", ["pass", "self.all.append(f)"])
def test_a_listener_goes_over_to_another_topic(project, also):
    project.write({"app.py": TOPICS.format(also=also) + LISTENERS})
    app = project.load("app")
    project.edit("app.py", '@bus.on("a")\ndef g()', '@bus.on("b")\ndef g()')

    assert project.refresh() == ["run app.g"]

    assert told(app.bus) == {"a": ["f"], "b": ["g", "h"]}


def test_a_topic_goes_with_its_only_listener(project):
    project.write({"app.py": TOPICS.format(also="pass") + LISTENERS})
    app = project.load("app")
    project.edit("app.py", '@bus.on("b")\ndef h(): return 3\n', "")

    assert project.refresh() == ["drop app.h"]

    assert told(app.bus) == {"a": ["f", "g"]}


PARSER = """\
import argparse
MANY = 2
parser = argparse.ArgumentParser("x")
parser.add_argument("--many", type=int, default=MANY)
parser.add_argument("--other", type=str)
sub = parser.add_subparsers(dest="command")
run = sub.add_parser("run")
run.add_argument("--deep", type=int)
"""
USAGE = "usage: x [-h] [--many MANY] [--other OTHER] {run} ..."


@pytest.mark.parametrize(
    ("old", "new", "trace"),
    [
        ("default=MANY", "default=MANY, help='how many'", ["run app:4"]),
        ("MANY = 2", "MANY = 3", ["run app.MANY", "rerun app:4"]),
    ],
)
def test_one_argument_of_a_command_line_is_edited(project, old, new, trace):
    project.write({"app.py": PARSER})
    app = project.load("app")
    project.edit("app.py", old, new)

    assert project.refresh() == trace

    assert app.parser.format_usage().strip() == USAGE
    assert app.parser.parse_args(["--many", "5", "run", "--deep", "1"]).many == 5
    assert app.parser.parse_args(["run"]).many == app.MANY
    assert app.parser.format_help().count("--many") == 2  # in the usage, and by itself
    assert ("how many" in app.parser.format_help()) is ("how many" in new)


@pytest.mark.parametrize(
    "record",
    [
        '{"name": name, "call": f, "tags": ["x"], "parameters": {"type": "object", "more": {}}}',
        '{"type": "tool", "tool": {"name": name, "call": f, "parameters": {}}}',
        '{"name": name, "call": f, "lock": LOCK, "kind": Kind, "kinds": [Kind()]}',
        "[name, f, {}, (1, 2)]",
    ],
)
def test_a_record_goes_as_a_whole_whatever_it_holds_beside_its_function(project, record):
    text = f"""
        import threading
        LOCK = threading.Lock()
        class Kind: pass
        TOOLS = []
        def tool(name):
            def decorate(f):
                TOOLS.append({record})
                return f
            return decorate
        @tool("a")
        def a(): pass
        @tool("b")
        def b(): pass
        """
    project.write({"app.py": text})
    app = project.load("app")
    tools, second = app.TOOLS, app.TOOLS[1]
    project.edit("app.py", "def a():", "def a(x=1):")

    assert project.refresh() == ["run app.a"]
    assert len(tools) == 2
    assert tools[1] is second
    assert tools[0].keys() == second.keys() if isinstance(second, dict) else len(tools[0]) == 4

    project.edit("app.py", '@tool("a")\ndef a(x=1): pass\n', "")
    project.refresh()
    assert tools == [second]


@pytest.mark.parametrize("topic", ['{"name": "a", "all": []}', '{"name": "a", "all": {}}'])
def test_a_topic_that_is_a_dict_is_nobodys_record(project, topic):
    text = f"""
        TOPICS = [{topic}]
        def on(f):
            kept = TOPICS[0]["all"]
            kept.append(f) if isinstance(kept, list) else kept.update({{f.__name__: f}})
            return f
        @on
        def a(): pass
        @on
        def b(): pass
        """
    project.write({"app.py": text})
    app = project.load("app")
    topic = app.TOPICS[0]
    for edit in ("def a()", "def a(x=1)"), ("@on\ndef b(): pass\n", ""):
        project.edit("app.py", *edit)
        project.refresh()

        assert list(app.TOPICS) == [topic]
        assert app.a in (topic["all"].values() if isinstance(topic["all"], dict) else topic["all"])
    assert len(topic["all"]) == 1
