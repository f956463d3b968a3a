"""Classes made of their fields: dataclasses, attrs classes and named tuples."""

from __future__ import annotations

import inspect
from dataclasses import asdict

import attrs
import pytest

from heatsync._engine.objects import rehashing
from libraries import needs


def test_a_dataclass_gains_loses_and_changes_fields(project):
    project.write(
        {
            "app.py": """
        from dataclasses import dataclass, field, fields
        @dataclass
        class P:
            x: int
            y: int = 2
            def total(self): return self.x + self.y
        p = P(1)
        """
        }
    )
    app = project.load("app")
    cls, p = app.P, app.p
    project.edit("app.py", "self.x + self.y", "self.x * self.y")
    assert project.refresh() == ["patch app.P.total"]
    assert p.total() == 2

    project.edit(
        "app.py", "    y: int = 2\n", "    y: int = 3\n    z: list = field(default_factory=list)\n"
    )
    assert project.refresh() == ["run app.P"]
    assert app.P is cls
    assert app.p is p
    assert [f.name for f in app.fields(cls)] == ["x", "y", "z"]
    assert cls(1) == cls(1, 3, [])
    assert repr(cls(1)) == "P(x=1, y=3, z=[])"
    assert isinstance(p, cls)

    project.edit("app.py", "    x: int\n", "")
    project.edit("app.py", "self.x * self.y", "self.y")
    project.refresh()
    assert [f.name for f in app.fields(cls)] == ["y", "z"]
    assert cls() == cls(3)


def test_a_dataclass_becomes_frozen_and_a_subclass_follows(project):
    project.write(
        {
            "app.py": "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 1\n@dataclass\nclass B(A):\n    y: int = 2\n"
        }
    )
    app = project.load("app")
    a, b = app.A, app.B
    project.edit("app.py", "    x: int = 1\n", "    x: int = 1\n    w: int = 5\n")

    assert project.refresh() == ["run app.A", "rerun app.B"]

    assert app.A is a
    assert app.B is b
    assert b(1, 2, 3) == b(x=1, w=2, y=3)


def test_a_class_becomes_a_dataclass_and_back(project):
    plain = "class P:\n    x: int = 1\n"
    made = (
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 1\n    y: int = 2\n"
    )
    project.write({"app.py": plain})
    app = project.load("app")
    cls, p = app.P, app.P()
    project.write({"app.py": made})
    assert project.refresh() == ["run app.dataclass", "run app.P"]
    assert app.P is cls
    assert repr(app.P(3)) == "P(x=3, y=2)"

    project.write({"app.py": plain})
    assert project.refresh() == ["drop app.dataclass", "run app.P"]
    assert not hasattr(app.P, "__dataclass_fields__")
    assert app.P.__init__ is object.__init__
    assert isinstance(p, app.P)


# ------------------------------------------------------------------------------- packages


def test_objects_made_before_get_the_defaults_of_new_fields(project):
    project.write(
        {
            "app.py": """
        from dataclasses import dataclass, field
        @dataclass
        class Base:
            x: int
        @dataclass(frozen=True)
        class Cold:
            x: int
        @dataclass
        class Derived(Base):
            z: int = 3
        class Plain(Derived): pass
        """
        }
    )
    app = project.load("app")
    objects = [app.Base(1), app.Cold(1), app.Derived(1), app.Plain(1)]
    new = "x: int\n    y: int = 2\n    many: list = field(default_factory=lambda: [0])\n"
    project.edit("app.py", "class Base:\n    x: int\n", f"class Base:\n    {new}")
    project.edit("app.py", "class Cold:\n    x: int\n", f"class Cold:\n    {new}")

    assert project.refresh() == [
        "run app.Base",
        "run app.Cold",
        "rerun app.Derived",
        "rerun app.Plain",
    ]

    told = {"x": 1, "y": 2, "many": [0]}
    assert [asdict(one) for one in objects] == [told, told, {**told, "z": 3}, {**told, "z": 3}]
    assert objects[0] == app.Base(1)
    assert len({id(one.many) for one in objects}) == 4


def test_a_field_that_an_object_has_is_left_alone(project):
    head = "from dataclasses import dataclass, field\n@dataclass\nclass D:\n    x: int = 1\n"
    project.write({"app.py": head})
    app = project.load("app")
    d = app.D()
    d.seen = ["mine"]
    project.write({"app.py": head + "    seen: list = field(default_factory=list)\n"})

    assert project.refresh() == ["run app.D"]

    assert d.seen == ["mine"]


def test_a_factory_that_fails_for_objects_made_before_is_told(project):
    head = "from dataclasses import dataclass, field\n"
    head += "def refuse(): raise OSError('no')\n@dataclass\nclass D:\n    x: int = 1\n"
    project.write({"app.py": head})
    app = project.load("app")
    d = app.D()
    project.write({"app.py": head + "    y: list = field(default_factory=refuse)\n"})

    assert project.refresh() == ["run app.D"]

    assert not hasattr(d, "y")
    assert project.sync.history[-1].notes == (
        "objects of app.D have no y: its default failed: OSError: no",
    )


def test_fields_are_put_in_another_order_and_lose_their_annotation_only(project):
    project.write(
        {
            "app.py": "from dataclasses import dataclass\n@dataclass\nclass D:\n    x: int\n    y: int\n    def m(self): pass\n"
        }
    )
    app = project.load("app")
    d = app.D(1, 2)
    project.edit("app.py", "    x: int\n    y: int\n", "    y: int\n    x: int\n")
    assert project.refresh() == ["run app.D"]
    assert repr(app.D(1, 2)) == "D(y=1, x=2)"
    assert repr(d) == "D(y=2, x=1)"

    project.edit(
        "app.py",
        "    y: int\n    x: int\n    def m(self): pass",
        "    def m(self): pass\n    x: int\n",
    )
    assert project.refresh() == ["run app.D"]
    assert repr(d) == repr(app.D(1)) == "D(x=1)"


def test_methods_that_only_changed_places_are_no_reason_to_make_a_class_again(project):
    text = "from dataclasses import dataclass\n@dataclass\nclass D:\n    x: int\n"
    project.write({"app.py": text + "    def a(self): pass\n    def b(self): pass\n"})
    project.load("app")
    project.write({"app.py": text + "    def b(self): pass\n    def a(self): pass\n"})

    assert project.refresh() == []


def test_the_arguments_of_the_decorator_and_post_init(project):
    project.write(
        {
            "app.py": "from dataclasses import dataclass, field\n@dataclass\nclass D:\n    x: int = 1\n    def __post_init__(self): self.double = self.x * 2\n"
        }
    )
    app = project.load("app")
    cls, d = app.D, app.D()
    project.edit("app.py", "self.x * 2", "self.x * 20")
    assert project.refresh() == ["patch app.D.__post_init__"]
    assert (app.D(2).double, d.double) == (40, 2)

    project.edit("app.py", "@dataclass\n", "@dataclass(order=True, kw_only=True, repr=False)\n")
    assert project.refresh() == ["run app.D"]
    assert app.D is cls
    assert d < app.D(x=2)
    assert repr(d).startswith("<app.D object")
    with pytest.raises(TypeError):
        app.D(1)

    project.edit("app.py", "(order=True, kw_only=True, repr=False)", "(frozen=True)")
    project.edit("app.py", "    def __post_init__(self): self.double = self.x * 20\n", "")
    assert project.refresh() == ["run app.D"]
    assert repr(app.D(1)) == "D(x=1)"
    with pytest.raises(AttributeError):
        d.x = 5
    with pytest.raises(TypeError):
        d < app.D(2)


def test_class_variables_and_arguments_that_are_no_fields(project):
    head = "import typing\nfrom dataclasses import InitVar, dataclass\n@dataclass\nclass D:\n    x: int = 1\n"
    project.write({"app.py": head})
    app = project.load("app")
    d = app.D()
    more = "    more: InitVar[int] = 3\n    shared: typing.ClassVar[int] = 4\n"
    more += "    def __post_init__(self, more): self.x += more\n"
    project.write({"app.py": head + more})

    assert project.refresh() == ["run app.D"]

    assert (app.D().x, d.x, d.shared, vars(d)) == (4, 1, 4, {"x": 1})
    assert list(inspect.signature(app.D).parameters) == ["x", "more"]


SLOTTED = [
    (
        "from dataclasses import dataclass, field",
        "@dataclass(slots=True)",
        "field(default_factory=list)",
    ),
    ("import attrs", "@attrs.define", "attrs.Factory(list)"),
    ("import attrs", "@attrs.frozen", "attrs.field(factory=list)"),
]


@pytest.mark.parametrize(("imports", "decorator", "factory"), SLOTTED)
def test_a_class_with_slots_gains_fields(project, imports, decorator, factory):
    me = "super()" if "attrs" in imports else "self"  # a dataclass with slots breaks `super()`
    text = f"{imports}\n{decorator}\nclass D:\n    x: object\n    def m(self): return {me} and 1\n"
    project.write({"app.py": text + "inner = D(1)\nouter = D(inner)\n"})
    app = project.load("app")
    held = [app.outer, {"inner": app.inner}]
    project.edit("app.py", "and 1", "and self.x")
    assert project.refresh() == ["patch app.D.m"]
    assert app.inner.m() == 1

    project.edit(
        "app.py", "x: object\n", f"x: object\n    y: int = 7\n    many: list = {factory}\n"
    )
    assert project.refresh() == ["run app.D"]
    assert type(app.inner) is type(app.outer) is app.D
    assert app.outer.x is app.inner is held[1]["inner"]
    assert held[0] is app.outer
    assert (app.inner.x, app.inner.y, app.inner.many, app.outer.many) == (1, 7, [], [])
    assert app.inner.m() == 1
    assert project.sync.history[-1].notes == ()


def test_a_dataclass_gains_and_loses_slots(project):
    head = "from dataclasses import dataclass\n@dataclass\nclass D:\n    x: int = 1\nd = D(4)\n"
    project.write({"app.py": head})
    app = project.load("app")
    held = [app.d]
    for before, after in [("@dataclass\n", "@dataclass(slots=True)\n"), ("(slots=True)", "")]:
        project.edit("app.py", before, after)
        assert project.refresh() == ["run app.D"]
        assert type(app.d) is app.D
        assert held == [app.d]
        assert app.d.x == 4


def test_an_attrs_class_with_a_dict_gains_fields(project):
    project.write(
        {"app.py": "import attrs\n@attrs.define(slots=False)\nclass A:\n    x: int = 1\n"}
    )
    app = project.load("app")
    cls, a = app.A, app.A(5)
    project.edit(
        "app.py",
        "x: int = 1\n",
        "x: int = 1\n    y: int = 2\n    z: int = attrs.field()\n    @z.default\n    def _(self): return self.x * 10\n",
    )

    assert project.refresh() == ["run app.A"]

    assert app.A is cls
    assert attrs.asdict(a) == {"x": 5, "y": 2, "z": 50}


def test_validators_of_an_attrs_class_are_edited(project):
    project.write(
        {
            "app.py": "import attrs\n@attrs.define\nclass A:\n    x: int = attrs.field(validator=attrs.validators.gt(0))\na = A(3)\n"
        }
    )
    app = project.load("app")
    a = app.a
    project.edit("app.py", "gt(0)", "gt(10)")

    assert project.refresh() == ["run app.A"]

    assert app.a is a
    assert type(a) is app.A
    with pytest.raises(ValueError, match="must be > 10"):
        a.x = 5


def test_a_named_tuple_gains_and_loses_fields(project):
    project.write(
        {
            "app.py": "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\n    y: int = 2\np = P(1)\n"
        }
    )
    app = project.load("app")
    held = [app.p, (app.p, 0), {app.p: 1}]
    project.edit("app.py", "y: int = 2\n", "z: int = 3\n    y: int = 2\n")
    assert project.refresh() == ["run app.P"]
    assert repr(app.p) == "P(x=1, z=3, y=2)"
    assert held == [app.p, (app.p, 0), {app.p: 1}]
    assert isinstance(held[1][0], app.P)

    project.edit("app.py", "    z: int = 3\n", "")
    assert project.refresh() == ["run app.P"]
    assert app.p == (1, 2)
    assert type(held[0]) is app.P


def test_a_typed_dict_gains_and_loses_keys(project):
    project.write(
        {
            "app.py": "from typing import TypedDict\nclass T(TypedDict):\n    x: int\nclass U(T, total=False):\n    y: int\n"
        }
    )
    app = project.load("app")
    classes = app.T, app.U
    project.edit("app.py", "class T(TypedDict):\n", "class T(TypedDict):\n    w: str\n")
    assert project.refresh() == ["run app.T", "rerun app.U"]
    assert classes == (app.T, app.U)
    assert app.U.__required_keys__ == {"w", "x"}

    project.edit("app.py", "    w: str\n", "")
    assert project.refresh() == ["run app.T", "rerun app.U"]
    assert app.T.__annotations__ == {"x": int}
    assert app.U.__required_keys__ == {"x"}


KEYS = """
    from collections import OrderedDict
    from dataclasses import dataclass
    @dataclass(frozen=True)
    class Key:
        x: int
        def told(self): return self.x
    @dataclass(frozen=True)
    class Pair:
        one: Key
    def number(x): return x
    class Named:
        def __init__(self, x): self.x = x
        def __eq__(self, other): return self.x == other.x
        def __hash__(self): return hash(number(self.x))
    key = Key(1)
    named = Named(2)
    pair = Pair(key)
    both = (key, named)
    DICT = OrderedDict.fromkeys([key, named, pair, both], 1)
    SET = {key, named, pair, both}
    INNER = [{key: 1, 5: 2}]
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x: int\n", "x: int\n    y: int = 0\n"),
        ("hash(number(self.x))", "hash((number(self.x), 3))"),
        ("return x\n", "return -x\n"),
    ],
)
def test_what_has_objects_as_keys_finds_them_when_their_hash_is_another(project, old, new):
    """The keys of their containers are put in order anew, at any depth, and without being asked."""
    project.write({"app.py": KEYS})
    app = project.load("app")
    before = app.DICT, app.SET, app.INNER
    keys = list(app.DICT)
    project.edit("app.py", old, new)

    report = project.report()

    assert (report.error, report.notes) == (None, ())
    assert before == (app.DICT, app.SET, app.INNER)
    assert all(key in app.DICT and key in app.SET for key in keys)
    assert list(app.DICT) == keys
    assert app.INNER[0][app.key] == 1


def test_keys_are_not_looked_for_where_no_hash_is_another(project, monkeypatch):
    project.write({"app.py": KEYS})
    app = project.load("app")
    monkeypatch.setattr(rehashing, "rehash", None)
    project.edit("app.py", "told(self): return self.x", "told(self): return self.x + 1")

    assert project.refresh() == ["patch app.Key.told"]

    assert app.key.told() == 2


def test_a_hash_that_refuses_is_told_and_leaves_the_container_as_it_was(project):
    text = """
        class Named:
            def __hash__(self): return 5
        named, other = Named(), object()
        SET = {named, other}
    """
    project.write({"app.py": text})
    app = project.load("app")
    project.edit("app.py", "return 5", "return 1 / 0")

    assert project.report().notes == (
        "a set may not find its keys any more: ZeroDivisionError: division by zero",
    )

    assert len(app.SET) == 2
    assert app.other in app.SET


def test_keys_stay_as_they_are_when_the_reload_fails(project):
    project.write({"app.py": KEYS})
    app = project.load("app")
    project.edit("app.py", "x: int\n", "x: int\n    y: int = 0\n")
    project.edit("app.py", "INNER =", "1 / 0\nINNER =")

    assert type(project.fail()) is ZeroDivisionError

    assert all(key in app.DICT and key in app.SET for key in app.DICT)


@pytest.mark.parametrize(
    ("library", "factory"), [("dataclasses", "default_factory"), ("attrs", "factory")]
)
def test_a_new_field_is_there_for_what_reads_it_in_the_same_batch(project, library, factory):
    decorator = "dataclass" if library == "dataclasses" else "define(slots=False)"
    conf = f"""
        from {library} import {decorator.partition("(")[0]}, field
        @{decorator}
        class Settings:
            title: str = "T"
        settings = Settings()
        """
    project.write({"conf.py": conf, "app.py": "from conf import settings\nTOLD = settings.title\n"})
    app, settings = project.load("app"), project.load("conf").settings
    project.edit("conf.py", '"T"', f'"T"\n    tags: list = field({factory}=lambda: ["t"])')
    project.edit("app.py", "settings.title", "settings.tags")

    assert project.refresh() == ["run conf.Settings", "run app.TOLD"]
    assert app.TOLD is settings.tags
    assert app.TOLD == ["t"]

    project.write({"conf.py": conf, "app.py": "from conf import settings\nTOLD = settings.title\n"})
    assert project.refresh() == ["run conf.Settings", "run app.TOLD"]
    assert app.TOLD == "T"


KINDS = {
    "dataclasses": ("from dataclasses import dataclass, field", "@dataclass\n", ""),
    "attrs": ("from attrs import define, field", "@define\n", ""),
    "pydantic": ("from pydantic import BaseModel, Field as field", "", "(BaseModel)"),
}


@pytest.mark.parametrize(
    "kind", ["dataclasses", "attrs", pytest.param("pydantic", marks=needs("pydantic"))]
)
def test_what_objects_keep_of_edited_defaults_is_noted(project, kind):
    imports, decorator, base = KINDS[kind]
    conf = f"""{imports}
{decorator}class Settings{base}:
    title: str = "T"
    debug: bool = field(default=False)
    many: int = 1
def make(): return Settings()
settings = Settings()
loud = Settings(debug=True)
named = Settings(title="T")
given = make()
"""
    project.write({"conf.py": conf, "app.py": "from conf import settings\nother = settings\n"})
    project.load("app")
    settings = project.load("conf").settings
    project.edit("conf.py", '"T"\n', '"U"\n')
    report = project.report()
    assert report.error is None
    assert report.notes == (
        "conf.settings and conf.loud keep title = 'T', which they were made with",
    )
    assert settings.title == "T"

    project.edit("conf.py", "default=False", "default=True")
    project.edit("conf.py", "loud = Settings(debug=True)", "loud = Settings(debug=True, many=2)")
    assert project.report().notes == (
        "conf.settings and conf.named keep debug = False, which they were made with",
    )

    settings.many = 3  # set from outside, so that it is nothing of the class
    project.edit("conf.py", "many: int = 1", "many: int = 2")
    assert project.report().notes == ("conf.named keeps many = 1, which it was made with",)

    project.edit("conf.py", '"U"\n', '"T"\n')
    assert project.report().notes == ("conf.loud keeps title = 'U', which it was made with",)


def test_of_many_objects_that_keep_a_default_some_are_named(project):
    head = "from dataclasses import dataclass\n@dataclass\nclass C:\n    x: int = 1\n"
    project.write({"app.py": head + "".join(f"c{n} = C()\n" for n in range(5))})
    project.load("app")
    project.edit("app.py", "int = 1", "int = 2")
    assert project.report().notes == (
        "app.c0, app.c1 and 3 others keep x = 1, which they were made with",
    )


def test_attributes_of_a_class_that_sets_them_itself_are_no_fields(project):
    text = "class C:\n    x: int = 1\n    def __init__(self): self.x = 1\nc = C()\n"
    project.write({"app.py": text})
    project.load("app")
    project.edit("app.py", "int = 1", "int = 2")
    assert project.report().notes == ()
