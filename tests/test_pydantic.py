"""Pydantic models that are edited: the class and its instances stay, all that validates follows."""

from __future__ import annotations

import copy
import gc
import pickle
import sys

import pytest

from libraries import Library, needs

pydantic = Library("pydantic")
pytestmark = needs("pydantic")

MODELS = """
from typing import Generic, TypeVar
from pydantic import BaseModel, TypeAdapter, field_validator, computed_field
class Address(BaseModel):
    city: str
class User(BaseModel):
    name: str
    address: Address | None = None
    @field_validator("name")
    @classmethod
    def tidy(cls, value): return value.strip()
    def greet(self): return f"hello {self.name}"
class Admin(User):
    level: int = 1
T = TypeVar("T")
class Page(BaseModel, Generic[T]):
    items: list[T]
"""


@pytest.fixture
def models(project):
    project.write({"models.py": MODELS})
    return project.load("models")


def test_a_new_field(project, models):
    User, ann = models.User, models.User(name="Ann")
    project.edit("models.py", "    name: str\n", "    name: str\n    age: int = 3\n")
    assert project.refresh() == ["run models.User", "rerun models.Admin"]

    assert models.User is User
    assert type(ann) is User
    assert User(name="Bob", age="4").age == 4
    assert User.model_validate({"name": "Bob"}).model_dump() == {
        "name": "Bob",
        "age": 3,
        "address": None,
    }
    assert type(User.model_validate({"name": "Bob"})) is User
    assert list(User.model_json_schema()["properties"]) == ["name", "age", "address"]
    with pytest.raises(pydantic.ValidationError):
        User(name="Bob", age="many")


def test_a_new_field_of_live_instances_has_its_default(project, models):
    ann = models.User(name="Ann")
    project.edit(
        "models.py",
        "    name: str\n",
        "    name: str\n    age: int = 3\n    tags: list[str] = []\n",
    )
    project.refresh()

    assert (ann.age, ann.tags) == (3, [])
    assert ann.model_dump() == {"name": "Ann", "age": 3, "tags": [], "address": None}
    assert repr(ann) == "User(name='Ann', age=3, tags=[], address=None)"
    assert ann.tags is not models.User(name="B").tags


def test_a_field_removed_and_retyped(project, models):
    ann = models.User(name="Ann", address={"city": "Rome"})
    project.edit("models.py", "    address: Address | None = None\n", "")
    project.refresh()
    assert models.User.model_validate({"name": "A", "address": 1}).model_dump() == {"name": "A"}
    assert "address" not in models.User.model_json_schema()["properties"]
    assert ann.name == "Ann"
    ann.model_dump()

    project.edit("models.py", "    level: int = 1", "    level: str = 'low'")
    project.refresh()
    assert models.Admin(name="A").level == "low"
    with pytest.raises(pydantic.ValidationError):
        models.Admin(name="A", level=1)


def test_a_validator(project, models):
    User = models.User
    project.edit("models.py", "value.strip()", "value.strip().upper()")
    assert project.refresh() == ["patch models.User.tidy"]
    assert User(name=" ann ").name == "ANN"
    assert models.Admin(name=" ann ").name == "ANN"

    project.edit("models.py", '@field_validator("name")', '@field_validator("name", mode="before")')
    project.edit("models.py", "value.strip().upper()", "str(value).upper()")
    assert project.refresh() == ["run models.User", "rerun models.Admin"]
    assert User(name=7).name == "7"
    assert models.Admin(name=7).name == "7"

    text = project.read("models.py")
    start, end = text.index("    @field_validator"), text.index("    def greet")
    project.write({"models.py": text[:start] + text[end:]})
    assert project.refresh() == ["run models.User", "rerun models.Admin"]
    assert User(name=" ann ").name == " ann "


def test_a_method(project, models):
    ann = models.User(name="Ann")
    project.edit("models.py", "hello", "good morning")
    assert project.refresh() == ["patch models.User.greet"]
    assert ann.greet() == "good morning Ann"

    project.edit("models.py", "def greet(self)", "def greet(self, mark='!')")
    project.edit("models.py", "{self.name}", "{self.name}{mark}")
    project.refresh()
    assert ann.greet() == "good morning Ann!"


def test_models_that_refer_to_the_edited_one(project, models):
    project.write(
        {
            "app.py": """
        from __future__ import annotations
        from pydantic import BaseModel, TypeAdapter
        from models import User, Page
        class Team(BaseModel):
            lead: User
            members: list[User] = []
        class Club(BaseModel):
            teams: dict[str, Team] = {}
        users = TypeAdapter(list[User])
        UserPage = Page[User]
        """
        }
    )
    app = project.load("app")
    team = app.Team(lead={"name": "Ann"})
    before = app.Team, app.Club, app.UserPage

    project.edit("models.py", "    city: str", "    city: str\n    zip: str = '0'")
    project.refresh()

    data = {"name": "Ann", "address": {"city": "Rome", "zip": "1"}}
    assert models.User(**data).address.zip == "1"
    assert app.Team(lead=data).lead.address.zip == "1"
    assert app.Team.model_validate({"lead": data}).model_dump()["lead"]["address"] == {
        "city": "Rome",
        "zip": "1",
    }
    assert app.Club(teams={"a": {"lead": data}}).teams["a"].lead.address.zip == "1"
    assert app.users.validate_python([data])[0].address.zip == "1"
    assert app.UserPage(items=[data]).items[0].address.zip == "1"
    assert "zip" in str(app.Club.model_json_schema())
    assert "zip" in str(app.users.json_schema())
    assert "zip" in str(app.UserPage.model_json_schema())
    assert (app.Team, app.Club, app.UserPage) == before
    assert type(team) is app.Team
    assert isinstance(team.lead, models.User)
    assert models.Page[models.User] is app.UserPage


def test_a_subclass_follows_its_base(project, models):
    Admin, root = models.Admin, models.Admin(name="root")
    project.edit("models.py", "    name: str\n", "    name: str\n    age: int = 3\n")
    project.refresh()

    assert models.Admin is Admin
    assert Admin(name="x", age="5").age == 5
    assert list(Admin.model_fields) == ["name", "age", "address", "level"]
    assert isinstance(root, models.User)
    assert root.age == 3
    gc.collect()
    assert models.User.__subclasses__() == [Admin]


def test_a_generic_model(project, models):
    IntPage = models.Page[int]
    page = IntPage(items=[1])
    project.edit("models.py", "    items: list[T]", "    items: list[T]\n    number: int = 1")
    project.refresh()

    assert models.Page[int] is IntPage
    assert IntPage(items=["2"], number="3").model_dump() == {"items": [2], "number": 3}
    assert isinstance(page, models.Page)
    assert page.number == 1


def test_pickle_copy_and_equality(project, models):
    ann = models.User(name="Ann")
    project.edit("models.py", "    name: str\n", "    name: str\n    age: int = 3\n")
    project.refresh()

    assert ann == models.User(name="Ann")
    assert pickle.loads(pickle.dumps(ann)) == ann
    assert copy.deepcopy(ann) == ann
    assert ann.model_copy(update={"age": 4}).age == 4


def test_a_failed_batch_leaves_models_as_they_were(project, models):
    project.write({"app.py": "from models import User\n"})
    project.load("app")
    User, ann = models.User, models.User(name="Ann")
    schema = User.model_json_schema()
    project.edit("models.py", "    name: str\n", "    name: str\n    age: int = 3\n")
    project.edit("app.py", "import User\n", "import User\nUser(name='x').age\nraise ValueError\n")
    assert isinstance(project.fail(), ValueError)

    assert User.model_json_schema() == schema
    assert list(User.model_fields) == ["name", "address"]
    assert User(name=" x ", age=1).model_dump() == {"name": "x", "address": None}
    assert ann.model_dump() == {"name": "Ann", "address": None}
    assert not hasattr(ann, "age")
    assert models.Admin(name="root").level == 1

    project.edit("app.py", "raise ValueError\n", "")
    project.refresh()
    assert User(name="x", age="1").age == 1


def test_configuration_private_and_computed_fields(project):
    project.write(
        {
            "models.py": """
        from pydantic import BaseModel, ConfigDict, PrivateAttr, computed_field
        class Box(BaseModel):
            model_config = ConfigDict(extra="ignore")
            side: int
            _seen: int = PrivateAttr(default=0)
            @computed_field
            @property
            def area(self) -> int: return self.side ** 2
        """
        }
    )
    models = project.load("models")
    box = models.Box(side=2)
    project.edit("models.py", "self.side ** 2", "self.side ** 3")
    project.refresh()
    assert box.model_dump() == {"side": 2, "area": 8}

    project.edit("models.py", 'extra="ignore"', 'extra="forbid"')
    project.refresh()
    with pytest.raises(pydantic.ValidationError):
        models.Box(side=1, other=2)
    assert box._seen == 0

    project.edit("models.py", "default=0)", "default=0)\n    _more: int = PrivateAttr(default=9)")
    project.refresh()
    assert models.Box(side=1)._more == 9
    assert box._more == 9
    assert box.model_dump() == {"side": 2, "area": 8}


def test_models_that_refer_to_one_another(project):
    project.write(
        {
            "models.py": """
        from __future__ import annotations
        from pydantic import BaseModel
        class Tree(BaseModel):
            value: int = 0
            children: list[Tree] = []
            owner: Owner | None = None
        class Owner(BaseModel):
            trees: list[Tree] = []
        """
        }
    )
    models = project.load("models")
    assert models.Tree(owner={"trees": [{}]}).owner.trees[0].value == 0
    project.edit("models.py", "value: int = 0", "value: int = 0\n    age: int = 1")
    project.refresh()
    tree = models.Tree.model_validate({"children": [{"age": 5}], "owner": {"trees": [{"age": 6}]}})
    assert tree.children[0].age == 5
    assert tree.owner.trees[0].age == 6
    assert type(tree.owner.trees[0]) is models.Tree
    assert models.Owner(trees=[{"age": 7}]).trees[0].age == 7


def test_a_pydantic_dataclass_and_a_validated_call(project):
    project.write(
        {
            "app.py": """
        from pydantic import validate_call
        from pydantic.dataclasses import dataclass
        @dataclass
        class Point:
            x: int = 0
        @validate_call
        def norm(point: Point): return point.x
        """
        }
    )
    app = project.load("app")
    point = app.Point(1)
    project.edit("app.py", "x: int = 0", "x: int = 0\n    y: int = 0")
    project.refresh()
    assert app.Point("1", "2").y == 2
    assert type(point) is app.Point
    assert app.norm({"x": "3", "y": "4"}) == 3
    with pytest.raises(pydantic.ValidationError):
        app.norm({"y": "many"})


def test_settings_of_a_discarded_class_are_collected(project, models):
    of_other_tests = [c for c in _classes_of_models() if c not in vars(models).values()]
    project.edit("models.py", "    name: str\n", "    name: str\n    age: int = 3\n")
    project.refresh()
    gc.collect()
    found = [c for c in _classes_of_models() if c not in of_other_tests]
    assert sorted(c.__name__ for c in found) == ["Address", "Admin", "Page", "User"]
    assert "models" in sys.modules


def _classes_of_models():
    classes = (thing for thing in gc.get_objects() if issubclass(type(thing), type))
    return [cls for cls in classes if cls.__module__ == "models"]


def test_a_validator_goes_from_before_to_after(project, models):
    """The class that was made for the first edit is still there when the second one comes."""
    uses = "from pydantic import BaseModel\nfrom models import Address\n"
    project.write({"uses.py": uses + "class Uses(BaseModel):\n    address: Address\n"})
    uses = project.load("uses")
    validator = "    @pydantic.model_validator(mode='{}')\n{}    def check({}): return {}\n"
    project.edit("models.py", "from pydantic", "import pydantic\nfrom pydantic")
    before = validator.format("before", "    @classmethod\n", "cls, data", "data")
    project.edit("models.py", "    city: str\n", "    city: str\n" + before)
    project.refresh()
    after = validator.format("after", "", "self", "self")
    project.write({"models.py": project.read("models.py").replace(before, after)})

    assert project.report().notes == ()

    assert uses.Uses(address={"city": "a"}).address.city == "a"
    assert models.Address(city="b").city == "b"


@pytest.mark.parametrize(("base", "ran"), [("BaseModel", "run"), ("Base", "rerun")])
def test_a_new_field_is_there_for_what_reads_it_in_the_same_batch(project, base, ran):
    conf = f"""
        from pydantic import BaseModel, Field, PrivateAttr
        class Base(BaseModel):
            name: str = "n"
        class Settings({base}):
            title: str = "T"
        settings = Settings()
        """
    project.write({"conf.py": conf, "app.py": "from conf import settings\nTOLD = settings.title\n"})
    app, settings = project.load("app"), project.load("conf").settings
    settings.title = "mine"

    project.edit(
        "conf.py", '"T"', '"T"\n    tags: list[str] = Field(default_factory=lambda: ["t"])'
    )
    project.edit("conf.py", '"n"', '"n"\n    _mark: int = PrivateAttr(7)')
    project.edit("app.py", "settings.title", "(settings.title, settings.tags, 1 / 0)")
    project.fail()
    assert not hasattr(settings, "tags")
    assert app.TOLD == "T"

    project.edit("app.py", "1 / 0", "len(settings.tags)")
    taken = ["run conf.Base", f"{ran} conf.Settings", "run app.TOLD"]
    assert project.refresh() == taken
    assert app.TOLD == ("mine", ["t"], 1)
    assert app.settings is settings
    assert settings.model_dump()["tags"] == ["t"]

    project.write({"conf.py": conf, "app.py": "from conf import settings\nTOLD = settings.title\n"})
    assert project.refresh() == taken
    assert app.TOLD == "mine"
    assert list(type(settings).model_fields)[-1] == "title"
