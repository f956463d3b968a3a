"""What a server, a main block or a function in flight made by calling a factory follows its edits."""

from __future__ import annotations

import asyncio
import gc
import re

import pytest

from libraries import Library, needs
from running import edit, heatsync_running, write
from waiting import until

flask, httpx = Library("flask"), Library("httpx")
pytestmark = needs("flask", "httpx")

FLASKR = {
    "flaskr/__init__.py": """\
from flask import Flask, current_app


def create_app(word="one"):
    app = Flask(__name__)
    app.config.from_mapping(SECRET_KEY="dev", WORD=word)

    @app.route("/word")
    def word():
        return current_app.config["WORD"]

    from . import db

    db.init_app(app)

    from . import auth

    app.register_blueprint(auth.bp)
    return app
""",
    "flaskr/db.py": """\
def close_db(error=None): ...


def init_app(app):
    app.teardown_appcontext(close_db)
    app.extensions["db"] = "db 1"
""",
    "flaskr/auth.py": """\
from flask import Blueprint, current_app

bp = Blueprint("auth", __name__, url_prefix="/auth")


@bp.route("/login")
def login():
    return "login"


@bp.route("/db")
def db():
    return current_app.extensions["db"]
""",
}
NEW = '@bp.route("/new")\ndef new():\n    return "new"\n\n\n'
ONE_MORE = '    @app.route("/more")\n    def more():\n        return "more"\n\n    return app\n'


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """What commands of `flask` leave in it."""
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "false")


def ask(client, *paths):
    """What is answered at some paths, or the status."""
    answers = [client.get(path) for path in paths]
    return [one.text.strip() if one.status_code == 200 else one.status_code for one in answers]


# ------------------------------------------------------------------------- flask --app


def test_what_flask_run_made_of_the_factory_of_a_package_follows_edits_of_it(tmp_path):
    write(tmp_path, FLASKR)
    words = ("-m", "flask", "--app", "flaskr:create_app('two')", "run", "--port", "0")
    with heatsync_running(*words, cwd=tmp_path) as program:
        address = program.until("Running on").split()[-1]
        with httpx.Client(base_url=address) as client:
            assert ask(client, "/word", "/auth/login", "/auth/db") == ["two", "login", "db 1"]

            edit(tmp_path / "flaskr/auth.py", '@bp.route("/login")', f'{NEW}@bp.route("/login")')
            program.until("ran new · reran flaskr.create_app(…)")
            assert ask(client, "/auth/new", "/auth/login") == ["new", "login"]

            edit(tmp_path / "flaskr/db.py", "db 1", "db 2")
            program.until("patched init_app · reran flaskr.create_app(…)")
            assert ask(client, "/auth/db") == ["db 2"]

            edit(tmp_path / "flaskr/__init__.py", "WORD=word", "WORD=word + 1 / 0")
            program.until("still running the previous version", "ZeroDivisionError")
            assert ask(client, "/word", "/auth/new") == ["two", "new"]

            edit(tmp_path / "flaskr/__init__.py", "word + 1 / 0", "word.upper()")
            edit(tmp_path / "flaskr/__init__.py", "    return app\n", ONE_MORE)
            until(lambda: ask(client, "/word", "/more") == ["TWO", "more"])

            edit(tmp_path / "flaskr/__init__.py", ONE_MORE, "    return app\n")
            edit(tmp_path / "flaskr/auth.py", NEW, "")
            until(lambda: ask(client, "/more", "/auth/new") == [404, 404])
            assert ask(client, "/word", "/auth/login") == ["TWO", "login"]


@pytest.mark.parametrize(
    ("path", "names"),
    [("flaskr", "()"), ("flaskr:create_app", "()"), ("flaskr:create_app(word='two')", "(…)")],
)
def test_what_a_command_of_flask_made_follows_as_its_path_says(project, path, names, monkeypatch):
    from flask.cli import FlaskGroup, ScriptInfo

    project.write(FLASKR)
    info = ScriptInfo(path)
    group = FlaskGroup(add_default_commands=False, add_version_option=False)

    @group.command("serve", with_appcontext=False)
    def serve():
        app = info.load_app()
        app.debug, own = True, app.__dict__
        client = app.test_client()
        word = "two" if "two" in path else "one"
        assert ask(client, "/word") == [word]
        project.edit("flaskr/__init__.py", "WORD=word", "WORD=word.upper()")
        assert project.refresh() == ["patch flaskr.create_app", f"rerun flaskr.create_app{names}"]
        assert ask(client, "/word", "/auth/db") == [word.upper(), "db 1"]
        assert app.debug
        assert info.load_app() is app
        assert app.__dict__ is not own

        project.edit("flaskr/__init__.py", "    db.init_app(app)", "    1 / 0")
        assert isinstance(project.fail_leaving(app), ZeroDivisionError)
        assert not [name for name in vars(project.load("flaskr")) if not name.isidentifier()]

        project.edit("flaskr/__init__.py", "    1 / 0", "    db.init_app(app)")
        project.edit("flaskr/auth.py", '@bp.route("/login")', f'{NEW}@bp.route("/login")')
        project.refresh()
        assert ask(client, "/auth/new") == ["new"]

        monkeypatch.setattr("heatsync._engine.batches.vessels.instances", None)  # which takes long
        project.edit("flaskr/auth.py", '"login"', '"log in"')
        assert project.refresh() == ["patch flaskr.auth.login"]
        assert ask(client, "/auth/login") == ["log in"]

    group.main(["serve"], obj=info, standalone_mode=False)
    assert not [name for name in vars(project.load("flaskr")) if not name.isidentifier()]


def test_the_factory_of_a_command_line_of_ones_own_is_called_again(project):
    from flask.cli import FlaskGroup

    project.write(FLASKR)
    group = FlaskGroup(create_app=project.load("flaskr").create_app)

    @group.command("serve")
    def serve():
        client = flask.current_app.test_client()
        project.edit("flaskr/__init__.py", 'word="one"', 'word="two"')
        assert project.refresh() == ["run flaskr.create_app", "rerun flaskr.create_app()"]
        assert ask(client, "/word") == ["two"]

    group.main(["serve"], standalone_mode=False)


def test_an_application_that_a_module_has_is_made_by_its_line_alone(project):
    from flask.cli import FlaskGroup, ScriptInfo

    project.write({**FLASKR, "wsgi.py": "from flaskr import create_app\napp = create_app()\n"})
    info = ScriptInfo("wsgi")
    group = FlaskGroup(add_default_commands=False)

    @group.command("serve", with_appcontext=False)
    def serve():
        client = info.load_app().test_client()
        project.edit("flaskr/__init__.py", "WORD=word", "WORD=word.upper()")
        assert project.refresh() == ["patch flaskr.create_app", "rerun wsgi.app"]
        assert ask(client, "/word") == ["ONE"]

    group.main(["serve"], obj=info, standalone_mode=False)


# ------------------------------------------------------------------- uvicorn --factory

SERVED = {
    "main.py": """\
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request

from parts import router


@asynccontextmanager
async def lifespan(app):
    app.state.db = "db"
    print("up", flush=True)
    yield
    print("down", app.state.db, flush=True)


def create_app():
    app = FastAPI(title="one", lifespan=lifespan)
    app.state.db = None
    app.include_router(router)

    @app.get("/db")
    def db(request: Request):
        return request.app.state.db

    return app
""",
    "parts.py": """\
from fastapi import APIRouter

router = APIRouter(prefix="/v1")


@router.get("/r")
def r():
    return "r"
""",
}
ROUTE = '@router.get("/new")\ndef new():\n    return "new"\n\n\n'


def test_what_uvicorn_made_of_a_factory_follows_without_another_lifespan(tmp_path):
    pytest.importorskip("uvicorn")
    pytest.importorskip("fastapi")
    write(tmp_path, SERVED)
    words = ("-m", "uvicorn", "main:create_app", "--factory", "--port", "0", "--no-access-log")
    with heatsync_running(*words, cwd=tmp_path) as program:
        line = program.until("Uvicorn running on")
        with httpx.Client(base_url=re.search(r"http://[\d.:]+", line)[0]) as client:
            assert ask(client, "/db", "/v1/r") == ['"db"', '"r"']

            edit(tmp_path / "main.py", '"one"', '"two"')
            program.until("patched create_app · reran create_app()")
            assert client.get("/openapi.json").json()["info"]["title"] == "two"

            edit(tmp_path / "parts.py", "@router", f"{ROUTE}@router")
            program.until("ran new · reran main.create_app()")
            assert ask(client, "/v1/new", "/v1/r", "/db") == ['"new"', '"r"', '"db"']

            edit(tmp_path / "main.py", '    @app.get("/db")', '    1 / 0\n\n    @app.get("/db")')
            program.until("ZeroDivisionError")
            assert ask(client, "/v1/new", "/db") == ['"new"', '"db"']
        program.interrupt()
        assert [line for line in program.lines if line in ("up", "down db")] == ["up", "down db"]


@pytest.mark.parametrize("is_named", [True, False])
def test_servers_that_have_the_same_factory_or_application_follow(project, is_named):
    uvicorn = pytest.importorskip("uvicorn")
    testclient = pytest.importorskip("fastapi.testclient")
    project.write(SERVED)
    module = project.load("main")
    app = "main:create_app" if is_named else module.create_app
    first, second, third, _ = servers = [
        uvicorn.Server(uvicorn.Config(app, factory=True, log_config=None)) for _ in "1234"
    ]
    for server in servers[:2]:
        server.config.load()
    third.config.loaded_app, third.config.loaded = first.config.loaded_app, True
    one, two = (testclient.TestClient(each.config.loaded_app) for each in (first, second))

    project.edit("parts.py", "@router", f"{ROUTE}@router")

    assert project.refresh() == [
        "run parts.new",
        "rerun main.create_app()",
        "rerun main.create_app()'",
    ]
    assert ask(one, "/v1/new") == ask(two, "/v1/new") == ['"new"']
    told = project.sync.history[-1].explain()
    assert "main.create_app() ran again: it calls main.create_app" in told


def test_a_factory_that_gives_something_else_by_now_leaves_what_is_served_and_is_told(project):
    uvicorn = pytest.importorskip("uvicorn")
    testclient = pytest.importorskip("fastapi.testclient")
    project.write(SERVED)
    project.load("main")
    server = uvicorn.Server(uvicorn.Config("main:create_app", factory=True, log_config=None))
    server.config.load()
    project.edit("main.py", "    return app", "    return [app]")
    project.refresh()
    assert project.sync.history[-1].notes == (
        "main.create_app() gives a list now: the FastAPI that is served goes on as it was; "
        "restart to have it anew",
    )
    assert ask(testclient.TestClient(server.config.loaded_app), "/v1/r") == ['"r"']


# ------------------------------------------------------------- main blocks, and functions

PAGE = """\
from flask import Flask


def create_app(word):
    app = Flask(__name__)

    @app.get("/a")
    def a():
        return word

    return app


"""
MAIN = 'if __name__ == "__main__":\n'


@pytest.mark.parametrize(
    "main",
    [
        f'{MAIN}    app = create_app("x")\n    app.run(port=0)\n',
        f'{MAIN}    create_app("x").run(port=0)\n',
        f"{MAIN}    from werkzeug.serving import run_simple\n\n"
        '    run_simple("127.0.0.1", 0, create_app("x"), threaded=True)\n',
        'create_app("x").run(port=0)\n',
        f"{MAIN}    from werkzeug.serving import run_simple as run\n\n"
        '    run("127.0.0.1", 0, use_debugger=True, application=create_app("x"))\n',
        "def main(word):\n    app = create_app(word)\n    app.run(port=0)\n\n\n"
        f'{MAIN}    main("x")\n',
    ],
)
def test_what_a_program_serves_follows_the_factory_that_it_called(tmp_path, main):
    write(tmp_path, {"main.py": PAGE + main})
    with heatsync_running("main.py", cwd=tmp_path) as program:
        address = program.until("Running on").split()[-1]
        with httpx.Client(base_url=address) as client:
            assert ask(client, "/a") == ["x"]
            write(tmp_path, {"main.py": f"# More lines.\n\n{PAGE}{main}"})
            edit(tmp_path / "main.py", '"/a"', '"/b"')
            program.until("reran create_app(…)")
            assert ask(client, "/a", "/b") == [404, "x"]
            edit(tmp_path / "main.py", "return word", "return word + 'y'")
            edit(tmp_path / "main.py", '"/b"', '"/c"')
            until(lambda: ask(client, "/c") == ["xy"])


AIOHTTP = """\
import socket
from aiohttp import web


async def a(request):
    return web.Response(text="a")


def make_app():
    app = web.Application()
    app.router.add_get("/a", a)
    return app


def told(text):
    print(text, flush=True)


if __name__ == "__main__":
    free = socket.create_server(("127.0.0.1", 0))
    told(f"port {free.getsockname()[1]}")
    web.run_app(make_app(), sock=free, print=told)
"""


@pytest.mark.parametrize("is_async", [True, False])
def test_what_aiohttp_runs_follows_a_factory_that_may_be_a_coroutine(tmp_path, is_async):
    pytest.importorskip("aiohttp")
    text = AIOHTTP.replace("def make_app", "async def make_app") if is_async else AIOHTTP
    write(tmp_path, {"main.py": text})
    with heatsync_running("main.py", cwd=tmp_path) as program:
        port = program.until("port").split()[-1]
        program.until("Running on")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            edit(tmp_path / "main.py", '"/a"', '"/b"')
            program.until("patched make_app · reran make_app()")
            assert ask(client, "/a", "/b") == [404, "a"]
            if is_async:
                wait = "    await __import__('asyncio').sleep(0)\n    return app"
                edit(tmp_path / "main.py", "    return app", wait)
                program.until("waits for something", "goes on as it was; restart")
                assert ask(client, "/b") == ["a"]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("app = create_app(word)", "create_app(…)"),
        ("app: Flask = create_app(word=word.lower())", "create_app(…)"),
        ("from page import create_app as make\n    app = make('x')", "create_app(…)"),
        ("import page\n    app = page.create_app('x')", "create_app(…)"),
    ],
)
def test_a_function_in_flight_has_its_call_of_a_factory_made_again(project, line, names):
    project.write(
        {
            "page.py": PAGE,
            "run.py": f"""
from flask import Flask
from page import create_app
def main(then, word="x"):
    {line}
    then(app)
""",
        }
    )

    def serve(app):
        client = app.test_client()
        assert ask(client, "/a") == ["x"]
        project.edit("page.py", '"/a"', '"/b"')
        assert project.refresh()[0] == "patch page.create_app"
        assert project.sync.history[-1].trace[-1].endswith(f".{names}")
        assert ask(client, "/a", "/b") == [404, "x"]
        for module in ("page", "run"):
            assert not [name for name in vars(project.load(module)) if not name.isidentifier()]

    project.load("run").main(serve)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("app = create_app('x')\n    app = app or None", "its variable is given several values"),
        (
            "app = create_app((lambda: 'x')())",
            "there is code in it that belongs to where it stands",
        ),
        ("app = create_app('x')\n    app.config['Y'] = 1", "more is done with what it gives"),
        ("app = create_app('x')\n    repr(app)", "more is done with what it gives"),
        ("app = create_app('x')\n    app.get('/y')(then)", "more is done with what it gives"),
    ],
)
def test_a_call_that_cannot_be_made_again_by_itself_is_told(project, lines, why):
    project.write({"run.py": f"{PAGE}\ndef main(then):\n    {lines}\n    then(app)\n"})

    def serve(app):
        project.edit("run.py", '"/a"', '"/b"')
        assert project.refresh() == ["patch run.create_app"]
        [note] = project.sync.history[-1].still_old[:1]
        assert note.startswith(f"run.create_app(…) is not called again, as {why}: the Flask that")
        assert ask(app.test_client(), "/a") == ["x"]

    project.load("run").main(serve)


@pytest.mark.parametrize(
    "lines",
    [
        "port = app.config['PORT'] if 'PORT' in app.config else app.config.get('P')",
        "with app.app_context():\n        pass",
        "app.logger.info('starts')",
    ],
)
def test_what_only_looks_into_an_application_has_not_to_be_done_again(project, lines):
    text = f"{PAGE}\ndef main(then):\n    app = create_app('x')\n    {lines}\n    then(app)\n"
    project.write({"run.py": text})

    def serve(app):
        project.edit("run.py", '"/a"', '"/b"')
        assert project.refresh() == ["patch run.create_app", "rerun run.create_app(…)"]

    project.load("run").main(serve)


def test_what_a_request_in_flight_calls_is_not_called_again(project):
    project.write(
        {
            "run.py": """
from flask import Flask, render_template_string
COUNTS = []
def word():
    COUNTS.append(1)
    return str("x")
def make():
    app = Flask(__name__)
    @app.get("/")
    def page(): return render_template_string(word(), site=app)
    return app
app = make()
"""
        }
    )
    module = project.load("run")

    def render(text, site):
        project.edit("run.py", 'str("x")', 'str("y")')
        assert project.refresh() == ["patch run.word", "rerun run.app"]
        return text

    module.render_template_string = render
    assert ask(module.app.test_client(), "/") == ["x"]
    assert module.COUNTS == [1]


def test_a_coroutine_that_waits_has_its_call_of_a_factory_made_again(project):
    project.write(
        {
            "run.py": f"""{PAGE}
async def main(then):
    app = create_app("x")
    await then(app.test_client())
"""
        }
    )
    module = project.load("run")
    clients = []

    async def served():
        going = asyncio.Event()

        async def then(client):
            clients.append(client)
            await going.wait()

        task = asyncio.create_task(module.main(then))
        await asyncio.sleep(0)
        project.edit("run.py", '"/a"', '"/b"')
        assert project.refresh() == ["patch run.create_app", "rerun run.create_app(…)"]
        assert ask(clients[0], "/a", "/b") == [404, "x"]
        going.set()
        await task

    asyncio.run(served())


def test_nothing_is_called_again_once_nobody_serves_what_it_gave(project):
    project.write({"run.py": f"{PAGE}\ndef main():\n    app = create_app('x')\n    return app\n"})
    app = project.load("run").main()
    project.edit("run.py", '"/a"', '"/b"')
    assert project.refresh() == ["patch run.create_app"]
    assert ask(app.test_client(), "/a") == ["x"]
    gc.collect()


def test_nothing_is_left_of_what_was_made_on_the_way(project):
    project.write(
        {"run.py": f"{PAGE}\ndef main(then):\n    app = create_app('x')\n    then(app)\n"}
    )

    def serve(app):
        for number in range(3):
            project.edit("run.py", f'"/a{number or ""}"', f'"/a{number + 1}"')
            assert project.refresh() == ["patch run.create_app", "rerun run.create_app(…)"]
        gc.collect()
        found = [one for one in gc.get_referrers(flask.Flask) if type(one) is flask.Flask]
        assert [one for one in found if one.import_name == "run"] == [app]

    project.load("run").main(serve)
