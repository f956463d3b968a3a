"""Web applications whose routes are edited, added, moved and removed: served as a fresh import serves them."""

from __future__ import annotations

import pytest

from libraries import Library, needs

testclient = Library("fastapi.testclient")

# --------------------------------------------------------------------------------- Flask

FLASK = """
from flask import Flask
app = Flask(__name__)
@app.route("/a")
def a(): return "a"
@app.get("/b/<int:x>")
@app.get("/bb")
def b(x=0): return f"b{x}"
@app.route("/c")
def c(): return "c"
"""


def rules(app):
    return sorted(rule.rule for rule in app.url_map.iter_rules() if rule.endpoint != "static")


def ask(app, path):
    with app.app_context():
        adapter = app.url_map.bind("localhost")
        try:
            endpoint, arguments = adapter.match(path)
        except Exception as error:
            return type(error).__name__
        return app.view_functions[endpoint](**arguments)


@needs("flask")
def test_flask_routes(project):
    project.write({"app.py": FLASK})
    app = project.load("app").app
    app.add_url_rule("/by-hand", "by hand", lambda: "by hand")
    assert rules(app) == sorted(["/a", "/bb", "/b/<int:x>", "/c", "/by-hand"])

    project.edit("app.py", '"/a"', '"/A"')
    assert project.refresh() == ["run app.a"]
    assert rules(app) == sorted(["/A", "/bb", "/b/<int:x>", "/c", "/by-hand"])
    assert [ask(app, path) for path in ("/a", "/A", "/b/5", "/bb", "/by-hand")] == [
        "NotFound",
        "a",
        "b5",
        "b0",
        "by hand",
    ]

    project.edit("app.py", '@app.get("/bb")\n', "")
    assert project.refresh() == ["run app.b"]
    assert rules(app) == sorted(["/A", "/b/<int:x>", "/c", "/by-hand"])
    assert ask(app, "/bb") == "NotFound"

    project.edit(
        "app.py", '@app.route("/c")', '@app.route("/n")\ndef n(): return "n"\n@app.route("/c")'
    )
    assert project.refresh() == ["run app.n"]
    assert rules(app) == sorted(["/A", "/b/<int:x>", "/n", "/c", "/by-hand"])

    project.edit("app.py", '@app.route("/A")\ndef a(): return "a"\n', "")
    assert project.refresh() == ["drop app.a"]
    assert rules(app) == sorted(["/b/<int:x>", "/n", "/c", "/by-hand"])
    assert ask(app, "/A") == "NotFound"
    assert "a" not in app.view_functions

    project.edit("app.py", "def c():", "def see():")
    assert project.refresh() == ["drop app.c", "run app.see"]
    assert rules(app) == sorted(["/b/<int:x>", "/n", "/c", "/by-hand"])
    assert ask(app, "/c") == "c"


@needs("flask")
def test_a_flask_view_with_two_rules_added_by_hand(project):
    project.write(
        {
            "app.py": """
        from flask import Flask
        app = Flask(__name__)
        def a(): return "a"
        app.add_url_rule("/one", view_func=a)
        app.add_url_rule("/two", view_func=a)
        """
        }
    )
    app = project.load("app").app
    project.edit("app.py", '"/two"', '"/three"')
    project.refresh()

    assert rules(app) == sorted(["/one", "/three"])
    assert [ask(app, p) for p in ("/one", "/two", "/three")] == ["a", "NotFound", "a"]


BLUEPRINT = {
    "site/__init__.py": "",
    "site/pages.py": """
        from flask import Blueprint
        bp = Blueprint("pages", __name__)
        @bp.route("/x")
        def x(): return "x"
        @bp.route("/y")
        def y(): return "y"
        """,
    "app.py": """
        from flask import Flask
        from site_.pages import bp
        app = Flask(__name__)
        @app.route("/home")
        def home(): return "home"
        app.register_blueprint(bp, url_prefix="/p")
        @app.route("/last")
        def last(): return "last"
        """,
}
BLUEPRINT = {name.replace("site/", "site_/"): text for name, text in BLUEPRINT.items()}


@needs("flask")
def test_a_flask_blueprint(project):
    project.write(BLUEPRINT)
    app = project.load("app").app
    assert rules(app) == sorted(["/home", "/p/x", "/p/y", "/last"])

    project.edit("app.py", '"/p"', '"/q"')
    assert project.refresh() == ["run app:6"]
    assert rules(app) == sorted(["/home", "/q/x", "/q/y", "/last"])
    assert [ask(app, p) for p in ("/p/x", "/q/x", "/q/y")] == ["NotFound", "x", "y"]

    project.edit("app.py", 'app.register_blueprint(bp, url_prefix="/q")\n', "")
    assert project.refresh() == ["drop app:6"]
    assert rules(app) == sorted(["/home", "/last"])
    assert not app.blueprints


@needs("flask")
def test_a_route_of_a_flask_blueprint(project):
    project.write(BLUEPRINT)
    app = project.load("app").app

    project.edit("site_/pages.py", '"/x"', '"/X"')
    assert project.refresh() == ["run site_.pages.x", "rerun app:6"]
    assert rules(app) == sorted(["/home", "/p/X", "/p/y", "/last"])
    assert [ask(app, p) for p in ("/p/x", "/p/X", "/p/y")] == ["NotFound", "x", "y"]

    project.edit("site_/pages.py", '@bp.route("/y")\ndef y(): return "y"\n', "")
    assert project.refresh() == ["drop site_.pages.y", "rerun app:6"]
    assert rules(app) == sorted(["/home", "/p/X", "/last"])


@needs("flask")
def test_flask_routes_are_edited_after_the_first_request(project):
    project.write({"app.py": FLASK})
    app = project.load("app").app
    client = app.test_client()
    assert client.get("/a").text == "a"
    project.edit("app.py", '"/a"', '"/A"')
    assert project.refresh() == ["run app.a"]
    assert (client.get("/a").status_code, client.get("/A").text) == (404, "a")


# ------------------------------------------------------------------------------- FastAPI

ROUTER = {
    "users.py": """
        from fastapi import APIRouter, Depends
        router = APIRouter()
        def who(): return "me"
        @router.get("/me")
        def me(name=Depends(who)): return name
        @router.get("/{name}")
        def user(name: str): return name
        """,
    "app.py": """
        from fastapi import FastAPI
        from users import router
        app = FastAPI()
        @app.get("/")
        def home(): return "home"
        app.include_router(router, prefix="/users")
        @app.get("/last")
        def last(): return "last"
        """,
}


@pytest.fixture
def client():
    return lambda app, path: testclient.TestClient(app).get(path).json()


def paths(app):
    return list(app.openapi()["paths"])


GONE = {"detail": "Not Found"}


@needs("fastapi.testclient")
def test_fastapi_routes(project, client):
    project.write(ROUTER)
    app = project.load("app").app

    def ask(path):
        return client(app, path)

    assert (ask("/"), ask("/users/me"), ask("/users/x")) == ("home", "me", "x")

    project.edit("app.py", '"/last"', '"/final"')
    assert project.refresh() == ["run app.last"]
    assert (ask("/last"), ask("/final")) == (GONE, "last")

    project.edit(
        "app.py", '@app.get("/final")', '@app.get("/new")\ndef new(): return 1\n@app.get("/final")'
    )
    assert project.refresh() == ["run app.new"]
    project.edit("app.py", '@app.get("/")\ndef home(): return "home"\n', "")
    assert project.refresh() == ["drop app.home"]
    assert paths(app) == ["/users/me", "/users/{name}", "/new", "/final"]
    assert ask("/") == GONE


@needs("fastapi.testclient")
def test_the_routes_of_an_included_router(project, client):
    project.write(ROUTER)
    app = project.load("app").app

    def ask(path):
        return client(app, path)

    project.edit("users.py", '"/me"', '"/I"')
    assert project.refresh() == ["run users.me", "rerun app:6"]
    assert (ask("/users/me"), ask("/users/I")) == ("me", "me")
    assert paths(app) == ["/", "/users/I", "/users/{name}", "/last"]

    project.edit(
        "users.py", "@router.get", '@router.get("/first")\ndef first(): return 1\n@router.get'
    ) if False else None
    text = project.read("users.py")
    project.write(
        {
            "users.py": text.replace(
                '@router.get("/{name}")',
                '@router.get("/first")\ndef first(): return 1\n@router.get("/{name}")',
            )
        }
    )
    project.refresh()
    assert ask("/users/first") == 1
    assert paths(app) == ["/", "/users/I", "/users/first", "/users/{name}", "/last"]

    project.edit("app.py", '"/users"', '"/people"')
    assert project.refresh() == ["run app:6"]
    assert paths(app) == ["/", "/people/I", "/people/first", "/people/{name}", "/last"]
    assert ask("/users/x") == GONE

    project.edit("app.py", 'app.include_router(router, prefix="/people")\n', "")
    assert project.refresh() == ["drop app:6"]
    assert paths(app) == ["/", "/last"]


@needs("fastapi.testclient")
def test_fastapi_routes_change_places(project, client):
    project.write(
        {
            "app.py": """
        from fastapi import FastAPI
        app = FastAPI()
        @app.get("/{name}")
        def user(name: str): return name
        @app.get("/me")
        def me(): return "I"
        """
        }
    )
    app = project.load("app").app
    assert client(app, "/me") == "me"
    project.write(
        {
            "app.py": """
        from fastapi import FastAPI
        app = FastAPI()
        @app.get("/me")
        def me(): return "I"
        @app.get("/{name}")
        def user(name: str): return name
        """
        }
    )
    project.refresh()
    assert client(app, "/me") == "I"
    assert client(app, "/you") == "you"


@needs("fastapi.testclient")
def test_a_starlette_mount_and_middleware(project, client):
    project.write(
        {
            "sub.py": "from fastapi import FastAPI\nsub = FastAPI()\n@sub.get('/x')\ndef x(): return 'x'\n",
            "app.py": "from fastapi import FastAPI\nfrom sub import sub\napp = FastAPI()\napp.mount('/s', sub)\n@app.get('/y')\ndef y(): return 'y'\n",
        }
    )
    app = project.load("app").app
    assert client(app, "/s/x") == "x"
    project.edit("sub.py", "'/x'", "'/z'")
    project.refresh()
    assert (client(app, "/s/x"), client(app, "/s/z")) == (GONE, "x")
    project.edit("app.py", "'/s'", "'/t'")
    assert project.refresh() == ["run app:4"]
    assert (client(app, "/s/z"), client(app, "/t/z"), client(app, "/y")) == (GONE, "x", "y")


AUTH = "def auth(token: str = ''): return 'ada'\n"
GUARDED_ROUTER = """
from fastapi import APIRouter, Depends
from functions import auth
router = APIRouter({of_router})
@router.get("/x", dependencies=[Depends(auth)])
def x(): return "x"
"""
SHARING = """
from fastapi import FastAPI, Depends
from functions import auth
from routes import router
app = FastAPI({of_app})
@app.get("/guarded", dependencies=[Depends(auth)])
def guarded(): return 1
{before}
@app.get("/given")
def given(user=Depends(auth)): return user.upper()
{after}
"""
INCLUDE = "app.include_router(router{more})"


@pytest.mark.parametrize(
    "parts",
    [
        {"after": INCLUDE.format(more="")},
        {"before": INCLUDE.format(more="")},
        {"after": INCLUDE.format(more=", dependencies=[Depends(auth)]")},
        {"after": INCLUDE.format(more=""), "of_app": "dependencies=[Depends(auth)]"},
        {"after": INCLUDE.format(more=""), "of_router": "dependencies=[Depends(auth)]"},
    ],
)
@needs("fastapi.testclient")
def test_a_dependency_that_a_router_shares_with_the_routes_of_the_app(project, client, parts):
    parts = {"of_router": "", "of_app": "", "before": "", "after": ""} | parts
    project.write(
        {
            "functions.py": AUTH,
            "routes.py": GUARDED_ROUTER.format(**parts),
            "app.py": SHARING.format(**parts),
        }
    )
    app = project.load("app").app

    project.edit("routes.py", '"/x"', '"/y"')

    ran, again = project.refresh()
    assert (ran, again[:9]) == ("run routes.x", "rerun app")
    given = [client(app, path) for path in ("/guarded", "/given", "/y")]
    assert given == [1, "ADA", "x"]
    assert client(app, "/x") == GONE


@needs("flask")
def test_a_hook_that_a_flask_blueprint_shares_with_the_app(project):
    project.write(
        {
            "functions.py": "from flask import g\ndef auth(): g.user = 'ada'\n",
            "part.py": """
            from flask import Blueprint, g
            from functions import auth
            part = Blueprint("part", __name__)
            part.before_request(auth)
            @part.get("/x")
            def x(): return g.user
            """,
            "app.py": """
            from flask import Flask, g
            from functions import auth
            from part import part
            app = Flask(__name__)
            app.before_request(auth)
            @app.get("/a")
            def a(): return g.get("user", "nobody")
            app.register_blueprint(part, url_prefix="/part")
            """,
        }
    )
    client = project.load("app").app.test_client()

    project.edit("part.py", '"/x"', '"/y"')

    assert project.refresh() == ["run part.x", "rerun app:8"]
    assert [client.get(path).text for path in ("/a", "/part/y")] == ["ada", "ada"]


@needs("flask")
def test_a_view_of_a_blueprint_that_is_wrapped_is_edited_again_and_again(project):
    project.write(
        {
            "part.py": """
            from functools import wraps
            from flask import Blueprint
            part = Blueprint("part", __name__)
            def shout(view):
                @wraps(view)
                def wrapper(**given):
                    return view(**given).upper()
                return wrapper
            @part.get("/x")
            @shout
            def x(): return "x"
            @part.get("/y")
            def y(): return "y"
            """,
            "app.py": """
            from flask import Flask
            from part import part
            app = Flask(__name__)
            app.register_blueprint(part, url_prefix="/part")
            """,
        }
    )
    app = project.load("app").app
    client = app.test_client()
    for old, new in ("def x()", "def x(n=1)"), ('"/y"', '"/z"'), ("n=1", "n=2"), ('"x"', '"w"'):
        project.edit("part.py", old, new)
        project.refresh()

        assert app.view_functions["part.x"] is project.load("part").x
    assert [client.get(path).text for path in ("/part/x", "/part/z")] == ["W", "y"]
