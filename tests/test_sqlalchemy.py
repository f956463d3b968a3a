"""SQLAlchemy's declarative models that are edited: one table and one mapper each, and sessions go on."""

from __future__ import annotations

import gc

import pytest

from libraries import Library, needs

sqlalchemy, orm = Library("sqlalchemy"), Library("sqlalchemy.orm")
pytestmark = needs("sqlalchemy.orm")

MODELS = """
from __future__ import annotations
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
class Base(DeclarativeBase):
    pass
class Named:
    name: Mapped[str] = mapped_column(default="")
    def title(self): return self.name.title()
class User(Named, Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list[Post]] = relationship(back_populates="author")
    def greet(self): return f"hello {self.name}"
class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")
"""


@pytest.fixture
def models(project):
    project.write({"models.py": MODELS})
    return project.load("models")


@pytest.fixture
def engine():
    engine = sqlalchemy.create_engine("sqlite://")
    yield engine
    engine.dispose()


@pytest.fixture
def session(models, engine):
    models.Base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        session.add(models.User(name="ann", posts=[models.Post(text="first")]))
        session.commit()
        yield session


def columns(cls):
    return [column.key for column in sqlalchemy.inspect(cls).columns]


def test_a_method(project, models, session):
    ann = session.scalar(sqlalchemy.select(models.User))
    project.edit("models.py", "hello", "good morning")
    assert project.refresh() == ["patch models.User.greet"]
    assert ann.greet() == "good morning ann"

    project.edit("models.py", "def greet(self)", "def greet(self, mark='!')")
    project.edit("models.py", "{self.name}", "{self.name}{mark}")
    project.refresh()
    assert ann.greet() == "good morning ann!"
    assert session.scalar(sqlalchemy.select(models.User)) is ann
    assert ann.posts[0].author is ann


def test_a_column_is_added(project, models, session):
    User, ann = models.User, session.scalar(sqlalchemy.select(models.User))
    project.edit(
        "models.py",
        '    __tablename__ = "users"\n',
        '    __tablename__ = "users"\n    age: Mapped[int | None]\n',
    )
    project.refresh()

    assert models.User is User
    assert set(columns(User)) == {"id", "name", "age"}
    assert list(models.Base.metadata.tables) == ["users", "posts"]
    assert User.__table__ is models.Base.metadata.tables["users"]
    session.connection().exec_driver_sql("ALTER TABLE users ADD COLUMN age INTEGER")
    session.add(User(name="bob", age=4))
    session.commit()
    assert session.scalars(sqlalchemy.select(User.name).where(User.age == 4)).all() == ["bob"]
    assert ann.age is None
    ann.age = 5
    session.commit()
    assert session.scalars(sqlalchemy.select(User.age).order_by(User.id)).all() == [5, 4]
    assert [post.text for post in ann.posts] == ["first"]
    assert session.scalar(sqlalchemy.select(User).where(User.id == ann.id)) is ann


def test_a_column_is_removed(project, models, session):
    project.edit("models.py", '    text: Mapped[str] = mapped_column(default="")\n', "")
    project.refresh()

    assert columns(models.Post) == ["id", "author_id"]
    ann = session.scalar(sqlalchemy.select(models.User))
    session.connection().exec_driver_sql("ALTER TABLE posts DROP COLUMN text")
    session.add(models.Post(author=ann))
    assert not hasattr(models.Post, "text")
    assert "text" not in str(sqlalchemy.select(models.Post))
    assert [type(post) for post in ann.posts] == [models.Post, models.Post]


def test_a_relationship_is_added_renamed_and_removed(project, models, session):
    text = project.read("models.py")
    project.write(
        {
            "models.py": text.replace('back_populates="author"', 'back_populates="writer"').replace(
                "author: Mapped[User]", "writer: Mapped[User]"
            )
        }
    )
    project.refresh()
    ann = session.scalar(sqlalchemy.select(models.User))
    assert ann.posts[0].writer is ann
    assert set(sqlalchemy.inspect(models.Post).relationships.keys()) == {"writer"}

    text = project.read("models.py")
    project.write(
        {
            "models.py": text.replace(
                '    posts: Mapped[list[Post]] = relationship(back_populates="writer")\n', ""
            ).replace('    writer: Mapped[User] = relationship(back_populates="posts")\n', "")
        }
    )
    project.refresh()
    session.expire_all()
    assert list(sqlalchemy.inspect(models.User).relationships) == []
    assert session.scalar(sqlalchemy.select(models.Post)).author_id == ann.id

    project.write({"models.py": text})
    project.refresh()
    assert session.scalar(sqlalchemy.select(models.Post)).writer is ann


def test_a_mixin(project, models, session):
    ann = session.scalar(sqlalchemy.select(models.User))
    project.edit("models.py", "self.name.title()", "self.name.upper()")
    assert project.refresh() == ["patch models.Named.title"]
    assert ann.title() == "ANN"

    project.edit("models.py", 'default="")\n    def title', 'default="nobody")\n    def title')
    project.refresh()
    session.add(models.User())
    session.commit()
    assert session.scalars(sqlalchemy.select(models.User.name)).all() == ["ann", "nobody"]


def test_inheritance(project, engine):
    project.write(
        {
            "models.py": """
        from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
        class Base(DeclarativeBase):
            pass
        class Animal(Base):
            __tablename__ = "animals"
            id: Mapped[int] = mapped_column(primary_key=True)
            kind: Mapped[str]
            __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}
        class Dog(Animal):
            __mapper_args__ = {"polymorphic_identity": "dog"}
            def sound(self): return "wuff"
        """
        }
    )
    models = project.load("models")
    Dog = models.Dog
    models.Base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        session.add(models.Dog())
        session.commit()
        dog = session.scalar(sqlalchemy.select(models.Animal))
        assert type(dog) is Dog
        project.edit(
            "models.py",
            "    kind: Mapped[str]\n",
            "    kind: Mapped[str]\n    age: Mapped[int | None]\n",
        )
        project.refresh()
        session.connection().exec_driver_sql("ALTER TABLE animals ADD COLUMN age INTEGER")
        assert models.Dog is Dog
        session.add(models.Dog(age=3))
        session.commit()
        assert [type(a) for a in session.scalars(sqlalchemy.select(models.Animal))] == [Dog, Dog]
        assert session.scalars(sqlalchemy.select(Dog.age)).all() == [None, 3]
        assert dog.sound() == "wuff"
        project.edit("models.py", "wuff", "woof")
        assert project.refresh() == ["patch models.Dog.sound"]


def test_models_of_another_file(project, models, session):
    project.write(
        {
            "app.py": """
        from sqlalchemy import select
        from models import User, Base
        query = select(User.name)
        def names(session): return list(session.scalars(query))
        def users(session): return list(session.scalars(select(User)))
        """
        }
    )
    app = project.load("app")
    assert app.names(session) == ["ann"]
    project.edit(
        "models.py",
        '    __tablename__ = "users"\n',
        '    __tablename__ = "users"\n    age: Mapped[int | None]\n',
    )
    project.refresh()
    session.connection().exec_driver_sql("ALTER TABLE users ADD COLUMN age INTEGER")
    assert app.names(session) == ["ann"]
    assert [type(user) for user in app.users(session)] == [models.User]


def test_a_new_model_and_one_that_goes(project, models, session, engine):
    project.write(
        {
            "models.py": project.read("models.py")
            + 'class Tag(Base):\n    __tablename__ = "tags"\n    id: Mapped[int] = mapped_column(primary_key=True)\n'
        }
    )
    assert project.refresh() == ["run models.Tag"]
    models.Base.metadata.create_all(engine)
    session.add(models.Tag())
    session.commit()

    text = project.read("models.py")
    project.write({"models.py": text[: text.index("class Tag")]})
    assert project.refresh() == ["drop models.Tag"]
    assert list(models.Base.metadata.tables) == ["users", "posts"]
    project.write({"models.py": text})
    assert project.refresh() == ["run models.Tag"]
    assert session.scalars(sqlalchemy.select(models.Tag.id)).all() == [1]


def test_a_failed_batch_leaves_mappers_as_they_were(project, models, session):
    ann, table, mapper = (
        session.scalar(sqlalchemy.select(models.User)),
        models.User.__table__,
        sqlalchemy.inspect(models.User),
    )
    text = project.read("models.py")
    project.edit(
        "models.py",
        '    __tablename__ = "users"\n',
        '    __tablename__ = "users"\n    age: Mapped[int | None]\n',
    )
    project.write({"models.py": project.read("models.py") + "raise ValueError\n"})
    report = project.report()

    assert (type(report.error), report.notes) == (ValueError, ())
    assert (models.User.__table__, sqlalchemy.inspect(models.User)) == (table, mapper)
    assert list(models.Base.metadata.tables) == ["users", "posts"]
    session.add(models.User(name="bob"))
    session.commit()
    assert session.scalars(sqlalchemy.select(models.User.name)).all() == ["ann", "bob"]
    assert [post.text for post in ann.posts] == ["first"]
    project.write({"models.py": text.replace("hello", "bye")})
    project.refresh()
    assert ann.greet() == "bye ann"


def test_a_column_is_put_in_the_middle(project, models, session):
    project.edit("models.py", "    text: Mapped", "    slug: Mapped[str | None]\n    text: Mapped")
    project.refresh()
    assert columns(models.Post) == ["id", "slug", "text", "author_id"]
    session.rollback()

    project.edit("models.py", "    slug: Mapped[str | None]\n", "")
    project.edit("models.py", "    author_id:", "    slug: Mapped[str | None]\n    author_id:")
    project.refresh()
    assert columns(models.Post) == ["id", "text", "slug", "author_id"]


def test_many_edits_leave_nothing_behind(project, models, session):
    def of_models():
        gc.collect()
        return sorted(
            o.__name__
            for o in gc.get_objects()
            if issubclass(type(o), type) and o.__dict__.get("__module__") == "models"
        )

    before = of_models()
    for number in range(3):
        project.edit(
            "models.py",
            'text: Mapped[str] = mapped_column(default="' + "x" * number,
            'text: Mapped[str] = mapped_column(default="' + "x" * (number + 1),
        )
        project.refresh()
        session.scalar(sqlalchemy.select(models.Post))
    assert of_models() == before
