"""The line that makes a Flask application is edited: the one that is served becomes what it makes."""

from __future__ import annotations

import gc

import pytest

from libraries import needs
from running import edit, heatsync_running, write
from waiting import until

pytestmark = needs("flask")

PAGES = """
    from flask import Blueprint
    pages = Blueprint("pages", __name__, url_prefix="/v1")
    @pages.get("/r")
    def r(): return "r"
    """
EXTENSION = """
    class Extension:
        def __init__(self, app=None):
            if app is not None:
                self.init_app(app)
        def init_app(self, app):
            others = app.extensions.setdefault("many", [])
            others.append(self)
            app.add_url_rule(f"/{len(others)}", f"many{len(others)}", lambda: "extension")
    late = Extension()
    """


def ask(client, *paths):
    """What is answered at some paths, or the status."""
    found = []
    for path in paths:
        with client.get(path) as answer:
            found.append(answer.text if answer.status_code == 200 else answer.status_code)
    return found


def test_the_served_application_becomes_what_its_edited_line_makes(project):
    project.write(
        {
            "app.py": """
                from flask import Flask, current_app
                from pages import pages
                from extension import Extension, late
                app = Flask(__name__)
                app.config["WORD"] = "one"
                extension = Extension(app)
                late.init_app(app)
                @app.get("/a")
                def a(): return current_app.config["WORD"]
                @app.get("/json")
                def data(): return {"b": 1, "a": 2}
                app.register_blueprint(pages)
                """,
            "pages.py": PAGES,
            "extension.py": EXTENSION,
            "static/x.txt": "static",
        }
    )
    module = project.load("app")
    app, client = module.app, module.app.test_client()
    app.testing = True  # as tests do, from outside
    paths = "/a", "/v1/r", "/static/x.txt", "/1", "/2"
    assert ask(client, *paths) == ["one", "r", "static", "extension", "extension"]

    project.edit("app.py", "Flask(__name__)", 'Flask(__name__, static_url_path="/s")')
    assert project.refresh() == [
        "run app.app",
        "rerun app:5",
        "rerun app.extension",
        "rerun app:7",
        "rerun app.a",
        "rerun app.data",
        "rerun app:12",
    ]
    gc.collect()  # a weak reference to what was made on the way would be dead by now
    assert module.app is app
    assert app.testing
    assert ask(client, *paths) == ["one", "r", 404, "extension", "extension"]
    assert ask(client, "/s/x.txt", "/json") == ["static", '{"a":2,"b":1}\n']

    project.edit_fails(app, "app.py", ', static_url_path="/s"', ", static_url_path=1 / 0")
    project.edit_fails(app, "app.py", "app.register_blueprint(pages)", "1 / 0")
    assert ask(client, "/s/x.txt", "/v1/r") == ["static", "r"]


def test_what_a_factory_makes_is_served_as_it_is_made_now(project):
    project.write(
        {
            "app.py": """
                from flask import Flask, current_app
                from pages import pages
                from extension import late
                def create_app():
                    app = Flask(__name__)
                    app.config["WORD"] = "one"
                    late.init_app(app)
                    @app.get("/a")
                    def a(): return current_app.config["WORD"]
                    app.register_blueprint(pages)
                    return app
                app = create_app()
                """,
            "pages.py": PAGES,
            "extension.py": EXTENSION,
        }
    )
    module = project.load("app")
    app, client = module.app, module.app.test_client()
    paths = "/a", "/b", "/v1/r", "/v2/r", "/1"
    assert ask(client, *paths) == ["one", 404, "r", 404, "extension"]

    route = '    @app.get("/b")\n    def b(): return "b"\n    return app'
    project.edit("app.py", "    return app", route)
    project.edit("app.py", '"one"', '"two"')
    assert project.refresh() == ["patch app.create_app", "rerun app.app"]
    project.edit("pages.py", "/v1", "/v2")
    assert project.refresh()[-1] == "rerun app.app"

    assert ask(client, *paths) == ["two", "b", 404, "r", "extension"]
    project.edit_fails(app, "app.py", "    return app", "    return 1 / 0")
    assert ask(client, *paths) == ["two", "b", 404, "r", "extension"]
    assert module.app is app


@pytest.mark.parametrize(
    "line", ["app.register_blueprint(pages)", "pages.name and app.register_blueprint(pages)"]
)
def test_the_rules_of_an_edited_blueprint_take_the_place_of_those_before(project, line):
    project.write(
        {
            "pages.py": PAGES,
            "app.py": f"""
                from flask import Flask
                from pages import pages
                app = Flask(__name__)
                @app.get("/pages", endpoint="pages")
                def all_pages(): return "all"
                {line}
                """,
        }
    )
    module = project.load("app")
    client = module.app.test_client()
    paths = "/pages", "/v1/r", "/v2/r", "/v2/R"
    assert ask(client, *paths) == ["all", "r", 404, 404]

    project.edit("pages.py", "/v1", "/v2")
    project.refresh()
    assert ask(client, *paths) == ["all", 404, "r", 404]

    project.edit("pages.py", '"/r"', '"/R"')
    project.refresh()
    assert ask(client, *paths) == ["all", 404, 404, "r"]


def test_a_program_that_runs_the_development_server_serves_what_it_says_now(tmp_path):
    httpx = pytest.importorskip("httpx")
    write(
        tmp_path,
        {
            "main.py": """\
from flask import Flask


def create_app():
    app = Flask(__name__)

    @app.get("/")
    def home():
        return "home"

    return app


app = create_app()

if __name__ == "__main__":
    app.run(port=0)
"""
        },
    )
    with heatsync_running("main.py", cwd=tmp_path) as program:
        address = program.until("Running on").split()[-1]
        with httpx.Client(base_url=address) as client:
            assert client.get("/").text == "home"

            edit(tmp_path / "main.py", 'app.get("/")', 'app.get("/house")')

            until(lambda: client.get("/house").text == "home")
            assert client.get("/").status_code == 404


def edited_and_back(project, name, old, new):
    """An edit, and after what is done with it, the text of before again."""
    project.edit(name, old, new)
    yield project.refresh()
    project.edit(name, new, old)
    project.refresh()


def test_a_function_that_there_is_becomes_a_hook_after_the_first_request(project):
    project.write(
        {
            "app.py": """
                from flask import Flask
                from pages import pages
                app = Flask(__name__)
                app.register_blueprint(pages)
                def stamp(response):
                    response.headers["X-A"] = "1"
                    return response
                """,
            "pages.py": PAGES.rstrip() + "\n    def refuse(): return 'no'\n",
        }
    )
    client = project.load("app").app.test_client()

    def stamps():
        with client.get("/v1/r") as answer:
            return answer.text, answer.headers.get("X-A")

    assert stamps() == ("r", None)
    for trace in edited_and_back(project, "app.py", "def stamp", "@app.after_request\ndef stamp"):
        assert trace == ["run app.stamp"]
        assert stamps() == ("r", "1")
    assert stamps() == ("r", None)
    above = "@pages.before_request\ndef refuse"
    for trace in edited_and_back(project, "pages.py", "def refuse", above):
        assert trace == ["run pages.refuse", "rerun app:4"]
        assert stamps() == ("no", None)
    assert stamps() == ("r", None)


CACHE = """
    class Cache:
        def init_app(self, app):
            app.after_request(self.after)
            app.before_request(lambda: None)
            app.add_url_rule("/_cache", "_cache", self.view)
        def after(self, response):
            response.headers.add("X-Cache", "1")
            return response
        def view(self): return "cache"
    cache = Cache()
    """


def registered(app):
    """The rules of an application and how many hooks it has, each as often as it is there."""
    hooks = app.before_request_funcs, app.after_request_funcs
    counts = [len(by_name.get(None, ())) for by_name in hooks]
    return sorted(rule.rule for rule in app.url_map.iter_rules()), *counts


@pytest.mark.parametrize(
    "line",
    [
        "cache.init_app(app)",
        "set_up(app)",
        "for one in (cache,): one.init_app(app)",
        "if app.config['A']: cache.init_app(app)",
    ],
)
def test_what_an_extension_does_to_an_application_is_done_once_whatever_runs_again(project, line):
    project.write(
        {
            "app.py": f"""
                from flask import Flask
                from pages import pages
                from cache import cache
                def set_up(app): cache.init_app(app)
                app = Flask(__name__, static_folder=None)
                app.config.update(A=1)
                @app.before_request
                def before(): pass
                app.register_blueprint(pages)
                {line}
                """,
            "pages.py": PAGES,
            "cache.py": CACHE,
        }
    )
    module = project.load("app")
    app, client = module.app, module.app.test_client()
    whole = ["/_cache", "/v1/r"], 2, 1
    assert ask(client, "/_cache", "/v1/r") == ["cache", "r"]
    assert registered(app) == whole

    for _ in edited_and_back(project, "app.py", "A=1", "A=2"):
        assert (registered(app), app.config["A"]) == (whole, 2)
    assert (registered(app), app.config["A"]) == (whole, 1)
    for text, left in [
        ("app.register_blueprint(pages)\n", (["/_cache"], 2, 1)),
        ("@app.before_request\n", (["/_cache", "/v1/r"], 1, 1)),
        (f"\n{line}\n", (["/v1/r"], 1, 0)),
    ]:
        for _ in edited_and_back(project, "app.py", text, "\n# it is gone\n"):
            assert registered(app) == left
        assert registered(app) == whole
    project.edit_fails(app, "app.py", "A=1", "A=1 / 0")
    project.edit_fails(app, "app.py", f"\n{line}", f"\n{line}; 1 / 0")
    assert ask(client, "/_cache", "/v1/r") == ["cache", "r"]
    assert module.app is app


def test_what_is_put_around_an_application_is_there_once(project):
    project.write(
        {
            "app.py": """
                from flask import Flask, request
                from werkzeug.middleware.proxy_fix import ProxyFix
                class Outer:
                    def __init__(self, inside): self.inside = inside
                    def __call__(self, *given): return self.inside(*given)
                app = Flask(__name__)
                app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)
                app.wsgi_app = Outer(app.wsgi_app)
                @app.get("/")
                def who(): return str(request.remote_addr)
                """,
        }
    )
    module = project.load("app")
    app, client = module.app, module.app.test_client()

    def who():
        headers = {"X-Forwarded-For": "1.1.1.1, 2.2.2.2, 3.3.3.3"}
        return client.get("/", headers=headers).text

    def around():
        found, inside = [], app.wsgi_app
        while not hasattr(inside, "__func__"):
            found.append(type(inside).__name__)
            inside = getattr(inside, "inside", None) or inside.app
        return found

    assert (who(), around()) == ("3.3.3.3", ["Outer", "ProxyFix"])
    line = "app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)\n"
    for _ in edited_and_back(project, "app.py", "x_for=1", "x_for=2"):
        assert (who(), around()) == ("2.2.2.2", ["Outer", "ProxyFix"])
    for _ in edited_and_back(project, "app.py", line, "# it is gone\n"):
        assert around() == ["Outer"]
    assert (who(), around()) == ("3.3.3.3", ["Outer", "ProxyFix"])
    for _ in edited_and_back(project, "app.py", "app.wsgi_app = Outer(app.wsgi_app)", "pass"):
        assert around() == ["ProxyFix"]
    project.edit_fails(app, "app.py", "x_for=1)", "x_for=1 / 0)")
    project.edit_fails(app, "app.py", "x_for=1)", "x_for=2); 1 / 0")
    assert (who(), around()) == ("3.3.3.3", ["Outer", "ProxyFix"])
    assert module.app is app


def test_an_attribute_that_a_line_sets_on_an_application_is_as_in_a_fresh_one(project):
    project.write(
        {
            "app.py": """
                from flask import Flask
                from flask.json.provider import DefaultJSONProvider
                class Unsorted(DefaultJSONProvider):
                    sort_keys = False
                app = Flask(__name__)
                app.json = Unsorted(app)
                app.url_map.strict_slashes = True
                @app.get("/")
                def data(): return {"b": 1, "a": 2}
                @app.get("/slash/")
                def slash(): return "slash"
                """,
        }
    )
    client = project.load("app").app.test_client()
    plain, is_sorted = '{"b":1,"a":2}\n', '{"a":2,"b":1}\n'
    assert ask(client, "/", "/slash") == [plain, 308]
    for new in ("# it is gone", "app.other = 1"):
        for _ in edited_and_back(project, "app.py", "app.json = Unsorted(app)", new):
            assert ask(client, "/", "/slash") == [is_sorted, 308]
        assert ask(client, "/", "/slash") == [plain, 308]
    for _ in edited_and_back(project, "app.py", "slashes = True", "slashes = False"):
        assert ask(client, "/", "/slash") == [plain, "slash"]
    assert ask(client, "/", "/slash") == [plain, 308]
    project.edit("app.py", "slashes = True", "slashes = False")
    project.refresh()
    project.edit("app.py", "app.url_map.strict_slashes = False", "# it is gone")
    project.refresh()
    assert ask(client, "/", "/slash") == [plain, 308]


def test_blueprints_in_blueprints_are_edited_and_taken_out(project):
    project.write(
        {
            "app.py": """
                from flask import Flask
                from api import api
                app = Flask(__name__, static_folder=None)
                app.register_blueprint(api, url_prefix="/api")
                """,
            "api.py": """
                from flask import Blueprint
                from users import users
                api = Blueprint("api", __name__)
                @api.route("/x")
                def x(): return "x"
                api.register_blueprint(users, url_prefix="/users")
                """,
            "users.py": """
                from flask import Blueprint
                users = Blueprint("users", __name__)
                @users.before_request
                def before(): pass
                @users.route("/list")
                def every(): return "list"
                """,
        }
    )
    module = project.load("app")
    app, client = module.app, module.app.test_client()
    inner = 'api.register_blueprint(users, url_prefix="/users")\n'
    before = ["/api/users/list", "/api/x"]
    assert ask(client, *before) == ["list", "x"]

    for name, old, new, rules in [
        ("app.py", '"/api"', '"/v2"', ["/v2/users/list", "/v2/x"]),
        ("api.py", '"/x"', '"/y"', ["/api/users/list", "/api/y"]),
        ("api.py", '"/users"', '"/people"', ["/api/people/list", "/api/x"]),
        ("users.py", '"/list"', '"/all"', ["/api/users/all", "/api/x"]),
        ("api.py", inner, "# gone", ["/api/x"]),
        ("app.py", 'app.register_blueprint(api, url_prefix="/api")', "# gone", []),
    ]:
        for _ in edited_and_back(project, name, old, new):
            assert registered(app) == (rules, 0, 0)
            assert ask(client, *rules) == [{"x": "x", "y": "x"}.get(r[-1], "list") for r in rules]
        assert registered(app) == (before, 0, 0)
        assert [*app.blueprints] == ["api", "api.users"]
        assert [*app.before_request_funcs] == ["api.users"]
    project.edit_fails(app, "api.py", inner, f"{inner}1 / 0\n")
    project.edit_fails(app, "app.py", '"/api")', '"/api"); 1 / 0')
    assert ask(client, *before) == ["list", "x"]
    assert module.app is app


def test_files_that_import_one_another_fill_the_application_that_is_made_anew(project):
    project.write(
        {
            "app.py": """
                from flask import Flask
                app = Flask(__name__, static_folder=None)
                @app.get("/a")
                def a(): return "a"
                import views
                """,
            "views.py": """
                from app import app
                from cache import cache
                cache.init_app(app)
                @app.get("/b")
                def b(): return "b"
                """,
            "cache.py": CACHE,
        }
    )
    module = project.load("app")
    app, client = module.app, module.app.test_client()
    assert registered(app) == (["/_cache", "/a", "/b"], 1, 1)
    for name, old, new, left in [
        ("views.py", "cache.init_app(app)\n", "# gone\n", (["/a", "/b"], 0, 0)),
        ("app.py", '"/a"', '"/c"', (["/_cache", "/b", "/c"], 1, 1)),
        ("views.py", '"/b"', '"/c"', (["/_cache", "/a", "/c"], 1, 1)),
    ]:
        for _ in edited_and_back(project, name, old, new):
            assert registered(app) == left
        assert registered(app) == (["/_cache", "/a", "/b"], 1, 1)
    assert ask(client, "/a", "/b", "/_cache") == ["a", "b", "cache"]
    assert module.app is app
