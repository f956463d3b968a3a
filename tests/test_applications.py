"""The line that makes a web application is edited: the one that is served becomes what it makes."""

from __future__ import annotations

import gc

import pytest

from libraries import Library, needs

fastapi, testclient = Library("fastapi"), Library("fastapi.testclient")
pytestmark = needs("fastapi", "fastapi.testclient")

LIFESPAN = """
    from contextlib import asynccontextmanager
    from fastapi import FastAPI, Request
    LOG = []
    @asynccontextmanager
    async def lifespan(app):
        app.state.db = "db"
        app.pool = "pool"
        LOG.append("up")
        yield
        LOG.append(f"down {app.state.db} {app.pool}")
    """
HEAD = """
    class Head:
        def __init__(self, app, value):
            self.app, self.value = app, value
        async def __call__(self, scope, receive, send):
            async def more(message):
                message.setdefault("headers", []).append((b"x-head", self.value))
                await send(message)
            await self.app(scope, receive, more)
    """


def ask(client, *paths):
    """What is answered at some paths, or the status."""
    answers = [client.get(path) for path in paths]
    return [one.json() if one.status_code == 200 else one.status_code for one in answers]


def title(client):
    return client.get("/openapi.json").json()["info"]["title"]


def applications():
    gc.collect()
    return [one for one in gc.get_referrers(fastapi.FastAPI) if type(one) is fastapi.FastAPI]


def test_the_served_application_becomes_what_its_edited_line_makes(project):
    project.write(
        {
            "app.py": f"""{LIFESPAN}
    app = FastAPI(title="one", lifespan=lifespan)
    @app.get("/a")
    def a(request: Request): return request.app.state.db + request.app.pool
    """,
            "other.py": "from app import app\n@app.get('/b')\ndef b(): return 'b'\n",
        }
    )
    module, _ = project.load("app"), project.load("other")
    app = module.app
    with testclient.TestClient(app) as client:
        assert ask(client, "/a", "/b") == ["dbpool", "b"]
        assert title(client) == "one"

        project.edit("app.py", 'title="one"', 'title="two"')
        assert project.refresh() == ["run app.app", "rerun app.a", "rerun other.b"]
        assert module.app is app
        assert title(client) == "two"
        assert ask(client, "/a", "/b") == ["dbpool", "b"]

        project.edit_fails(app, "app.py", 'title="two"', 'title="two", summary=1 / 0')
        project.edit_fails(app, "other.py", "'/b'", "1 / 0")
        project.edit_fails(app, "app.py", "@app.get", "app.title = 'three'\n1 / 0\n@app.get")
        assert title(client) == "two"
        assert ask(client, "/a", "/b") == ["dbpool", "b"]
    assert module.LOG == ["up", "down db pool"]


def test_nothing_is_left_of_the_applications_that_were_made_on_the_way(project):
    there = applications()
    project.write({"app.py": "from fastapi import FastAPI\napp = FastAPI(title='0')\n"})
    app = project.load("app").app
    for number in range(3):
        project.edit("app.py", f"'{number}'", f"'{number + 1}'")
        project.refresh()
    assert [one for one in applications() if one not in there] == [app]
    assert app.router.dependency_overrides_provider is app


def test_what_a_factory_makes_is_served_as_it_is_made_now(project):
    project.write(
        {
            "app.py": f"""{LIFESPAN}{HEAD}
    from parts import router
    def create_app():
        app = FastAPI(title="one", lifespan=lifespan)
        app.state.db = None
        app.include_router(router)
        @app.get("/a")
        def a(request: Request): return request.app.state.db
        return app
    app = create_app()
    """,
            "parts.py": """
                from fastapi import APIRouter
                router = APIRouter(prefix="/v1")
                @router.get("/r")
                def r(): return "r"
                """,
        }
    )
    module = project.load("app")
    app = module.app
    with testclient.TestClient(app) as client:
        route = '    @app.get("/b")\n    def b(): return "b"\n'
        more = f'{route}    app.add_middleware(Head, value=b"1")\n    return app'
        project.edit("app.py", "    return app", more)
        assert project.refresh() == ["patch app.create_app", "rerun app.app"]
        assert ask(client, "/a", "/b", "/v1/r") == ["db", "b", "r"]
        assert client.get("/a").headers["x-head"] == "1"

        project.edit("parts.py", "/v1", "/v2")
        assert project.refresh() == [
            "run parts.router",
            "rerun parts.r",
            "rerun app.router",
            "rerun app.app",
        ]
        assert ask(client, "/a", "/b", "/v1/r", "/v2/r") == ["db", "b", 404, "r"]

        project.edit_fails(app, "app.py", "    app.state.db = None", "    1 / 0")
        assert ask(client, "/a", "/b", "/v2/r") == ["db", "b", "r"]
        assert module.app is app
    assert module.LOG == ["up", "down db pool"]


def test_an_application_in_wrappers_is_poured_with_them(project):
    project.write(
        {
            "app.py": f"""{LIFESPAN}{HEAD}
    from starlette.middleware.cors import CORSMiddleware
    app = FastAPI(title="one", lifespan=lifespan)
    @app.get("/a")
    def a(request: Request): return request.app.state.db
    app = CORSMiddleware(app, allow_origins=["*"])
    app = Head(app, b"1")
    """
        }
    )
    module = project.load("app")
    app, inner = module.app, module.app.app.app
    with testclient.TestClient(app) as client:
        project.edit("app.py", '"one"', '"two"')
        project.refresh()
        assert (title(client), ask(client, "/a")) == ("two", ["db"])

        project.edit("app.py", 'b"1"', 'b"2"')
        project.edit("app.py", '"/a"', '"/b"')
        project.refresh()
        assert ask(client, "/a", "/b") == [404, "db"]
        assert client.get("/b").headers["x-head"] == "2"
        assert client.get("/b", headers={"origin": "x"}).headers["access-control-allow-origin"]

        project.edit_fails(app, "app.py", 'b"2")', 'b"3")\n1 / 0')
        assert ask(client, "/b") == ["db"]
        assert client.get("/b").headers["x-head"] == "2"
        assert module.app is app
        assert module.app.app.app is inner
    assert module.LOG == ["up", "down db pool"]


def test_a_mounted_application_is_served_where_it_is_mounted(project):
    project.write(
        {
            "sub.py": """
                from fastapi import FastAPI
                sub = FastAPI(title="one")
                @sub.get("/a")
                def a(): return "a"
                """,
            "app.py": """
                from fastapi import FastAPI
                from sub import sub
                app = FastAPI()
                app.mount("/sub", sub)
                """,
        }
    )
    module = project.load("app")
    app, sub, routes = module.app, module.sub, len(module.app.routes)
    client = testclient.TestClient(app)
    assert ask(client, "/sub/a") == ["a"]

    project.edit("sub.py", '"one"', '"two"')
    assert project.refresh() == ["run sub.sub", "rerun sub.a", "rerun app:4"]
    project.edit("app.py", "FastAPI()", "FastAPI(version='2')")
    assert project.refresh() == ["run app.app", "rerun app:4"]

    assert client.get("/sub/openapi.json").json()["info"]["title"] == "two"
    assert ask(client, "/sub/a") == ["a"]
    assert (module.app, module.sub) == (app, sub)
    assert len(app.routes) == routes


SEEN = """
    from fastapi import FastAPI, Request
    class Seen:
        def __init__(self, app, name):
            self.app, self.name = app, name
        async def __call__(self, scope, receive, send):
            scope.setdefault("seen", []).append(self.name)
            await self.app(scope, receive, send)
    app = FastAPI()
    app.add_middleware(Seen, name="1")
    app.add_middleware(Seen, name="2")
    app.add_middleware(Seen, name="3")
    @app.get("/a")
    def a(request: Request): return request.scope["seen"]
    """


def test_middleware_is_edited_added_and_removed_while_serving(project):
    project.write({"app.py": SEEN})
    app = project.load("app").app
    with testclient.TestClient(app) as client:
        assert ask(client, "/a") == [["3", "2", "1"]]

        project.edit("app.py", 'name="2"', 'name="two"')
        assert project.refresh() == ["run app:10"]
        assert ask(client, "/a") == [["3", "two", "1"]]

        line = 'app.add_middleware(Seen, name="two")\n'
        project.edit("app.py", line, f'{line}app.add_middleware(Seen, name="2.5")\n')
        assert project.refresh() == ["run app:11"]
        assert ask(client, "/a") == [["3", "2.5", "two", "1"]]

        project.edit_fails(app, "app.py", line, "1 / 0\n")
        project.edit("app.py", line, "")
        assert project.refresh() == ["drop app:10"]
        assert ask(client, "/a") == [["3", "2.5", "1"]]

        function = '@app.middleware("http")\nasync def last(request, call_next):\n'
        function += '    request.scope["seen"] = ["last"]\n    return await call_next(request)\n'
        project.edit("app.py", "@app.get", f"{function}@app.get")
        assert project.refresh() == ["run app.last"]
        assert ask(client, "/a") == [["last", "3", "2.5", "1"]]


def test_the_class_of_a_middleware_is_edited_while_serving(project):
    project.write(
        {
            "app.py": """
                from fastapi import FastAPI
                from starlette.middleware.base import BaseHTTPMiddleware
                class Marking(BaseHTTPMiddleware):
                    async def dispatch(self, request, call_next):
                        response = await call_next(request)
                        response.headers["x-mark"] = "1"
                        return response
                app = FastAPI()
                app.add_middleware(Marking)
                @app.get("/a")
                def a(): return "a"
                """
        }
    )
    app = project.load("app").app
    with testclient.TestClient(app) as client:
        assert client.get("/a").headers["x-mark"] == "1"

        project.edit("app.py", '= "1"', '= "2"')
        assert project.refresh() == ["patch app.Marking.dispatch"]
        assert client.get("/a").headers["x-mark"] == "2"

        made = "def __init__(self, app, mark='3'): super().__init__(app); self.mark = mark"
        project.edit("app.py", "    async def", f"    {made}\n    async def")
        project.edit("app.py", '= "2"', "= self.mark")
        project.refresh()
        assert client.get("/a").headers["x-mark"] == "3"

        project.edit("app.py", "(Marking)", "(Marking, mark='4')")
        assert project.refresh() == ["run app:10"]
        assert client.get("/a").headers["x-mark"] == "4"


BASED = """
    from starlette.middleware.base import BaseHTTPMiddleware
    class Base(BaseHTTPMiddleware):
        def __init__(self, app):
            super().__init__(app)
            self.mark = "a"
    class Marking(Base):
        async def dispatch(self, request, go):
            response = await go(request)
            response.headers["x-head"] = self.mark
            return response
    """
PLAIN = f"""{HEAD}
    class Base:
        def __init__(self, app):
            self.app = app
            self.mark = "a"
    class Marking(Base):
        async def __call__(self, scope, receive, send):
            await Head(self.app, self.mark.encode())(scope, receive, send)
    """


@pytest.mark.parametrize("text", [BASED, PLAIN])
def test_what_the_constructor_of_a_middleware_sets_is_there_for_its_methods(project, text):
    project.write(
        {
            "mark.py": text,
            "app.py": """
                from fastapi import FastAPI
                from mark import Marking
                app = FastAPI()
                app.add_middleware(Marking)
                @app.get("/a")
                def a(): return "a"
                """,
        }
    )
    app = project.load("app").app
    with testclient.TestClient(app) as client:

        def mark():
            answer = client.get("/a")
            return answer.status_code, answer.headers["x-head"]

        assert mark() == (200, "a")
        project.edit("mark.py", 'self.mark = "a"', 'self.mark = "b"')
        assert project.refresh() == ["patch mark.Base.__init__"]
        assert mark() == (200, "b")

        project.write({"mark.py": text.replace("self.mark", "self.sign")})
        method = "dispatch" if text == BASED else "__call__"
        patched = ["patch mark.Base.__init__", f"patch mark.Marking.{method}"]
        assert project.refresh() == patched
        assert mark() == (200, "a")

        stack = app.middleware_stack
        project.edit("mark.py", '"a"', '"c"')
        project.edit("app.py", "FastAPI()", "FastAPI(title=1 / 0)")
        project.fail()
        assert app.middleware_stack is stack
        assert mark() == (200, "a")

        project.edit("app.py", "FastAPI(title=1 / 0)", "FastAPI()")
        project.write({"mark.py": text})
        assert project.refresh() == patched
        assert mark() == (200, "a")
        assert app.middleware_stack is not stack

        project.edit("mark.py", "def __init__(self, app):", "def __init__(self, app, more='m'):")
        project.edit("mark.py", 'self.mark = "a"', 'self.mark = "a" + more')
        project.refresh()
        assert mark() == (200, "am")


def test_an_edited_lifespan_that_has_been_entered_is_noted(project):
    project.write(
        {
            "app.py": f"""{LIFESPAN}
    app = FastAPI(lifespan=lifespan)
    def other():
        yield 1
    @app.get("/a")
    def a(request: Request): return request.app.state.db
    """
        }
    )
    app = project.load("app").app
    project.edit("app.py", '"up"', '"above"')
    report = project.report()
    assert (report.trace, report.notes) == (["patch app.lifespan"], ())  # it is to be entered yet

    with testclient.TestClient(app) as client:
        project.edit("app.py", '= "db"', '= "new"')
        report = project.report()
        assert report.trace == ["patch app.lifespan"]
        assert report.notes == (
            "app.lifespan is not run again for an application that has started: "
            "what it sets up anew is there after a restart",
        )
        assert ask(client, "/a") == ["db"]

        project.edit("app.py", "yield 1", "yield 2")
        report = project.report()
        assert (report.trace, report.notes) == (["patch app.other"], ())

    with testclient.TestClient(app) as client:
        assert ask(client, "/a") == ["new"]
        project.edit("app.py", '= "new"', '= "db"')
        assert len(project.report().notes) == 1
        assert ask(client, "/a") == ["new"]


def test_an_exception_handler_is_edited_while_serving(project):
    project.write(
        {
            "app.py": """
                from fastapi import FastAPI
                from fastapi.responses import JSONResponse
                app = FastAPI()
                def other(request, error): return JSONResponse("other")
                @app.exception_handler(ValueError)
                def handle(request, error): return JSONResponse("handled")
                @app.get("/a")
                def a(): raise ValueError
                @app.get("/b")
                def b(): raise KeyError
                """
        }
    )
    app = project.load("app").app
    with testclient.TestClient(app) as client:
        assert ask(client, "/a") == ["handled"]
        project.edit(
            "app.py", '@app.get("/a")', 'app.add_exception_handler(KeyError, other)\n@app.get("/a")'
        )
        assert project.refresh() == ["run app:7"]
        assert ask(client, "/a", "/b") == ["handled", "other"]

        project.edit("app.py", "(ValueError)", "(KeyError)")
        project.edit("app.py", "(KeyError, other)", "(ValueError, other)")
        project.refresh()  # each had set a key that the other one sets now: all is made anew
        assert ask(client, "/a", "/b") == ["other", "handled"]


def test_what_an_application_was_given_is_no_reason_to_register_its_routes_again(project):
    project.write(
        {
            "app.py": f"""{LIFESPAN}
    app = FastAPI(lifespan=lifespan)
    @app.get("/a")
    def a(): return "a"
    @app.middleware("http")
    async def through(request, call_next): return await call_next(request)
    """
        }
    )
    module = project.load("app")
    with testclient.TestClient(module.app) as client:
        project.edit("app.py", 'LOG.append(f"down', 'LOG.append(f"DOWN')
        assert project.refresh() == ["patch app.lifespan"]
        project.edit("app.py", "lifespan(app)", "lifespan(app: FastAPI)")
        assert project.refresh() == ["run app.lifespan"]
        project.edit("app.py", "through(request", "through(request: Request")
        assert project.refresh() == ["run app.through"]
        assert ask(client, "/a") == ["a"]
    assert module.LOG == ["up", "down db pool"]  # the lifespan goes on with what it began with


def test_two_applications_that_are_both_in_use_do_not_become_one(project):
    project.write(
        {
            "app.py": """
                from fastapi import FastAPI
                ONE, TWO = FastAPI(title="one"), FastAPI(title="two")
                def chosen(): return ONE
                app = chosen()
                """
        }
    )
    module = project.load("app")
    one, two = module.ONE, module.TWO

    project.edit("app.py", "return ONE", "return TWO")

    assert project.refresh() == ["patch app.chosen", "rerun app.app"]
    assert (module.ONE, module.TWO, module.app) == (one, two, two)
    assert (one.title, two.title) == ("one", "two")


def test_what_tests_put_in_the_place_of_a_dependency_stays(project):
    project.write(
        {
            "app.py": """
                from fastapi import Depends, FastAPI
                def who(): return "ada"
                app = FastAPI(title="one")
                @app.get("/a")
                def a(name=Depends(who)): return name
                """
        }
    )
    module = project.load("app")
    client = testclient.TestClient(module.app)
    module.app.dependency_overrides[module.who] = lambda: "eve"

    project.edit("app.py", '"one"', '"two"')
    project.refresh()

    assert ask(client, "/a") == ["eve"]
    project.edit_fails(module.app, "app.py", '"two"', '"three", summary=1 / 0')
    module.app.dependency_overrides.clear()
    assert ask(client, "/a") == ["ada"]


NESTED = """
    from fastapi import FastAPI, APIRouter, Depends
    def auth(): return 1
    inner = APIRouter(dependencies=[Depends(auth)])
    @inner.get("/x")
    def x(): return "x"
    @inner.get("/y")
    def y(): return "y"
    outer = APIRouter(prefix="/outer")
    outer.include_router(inner, prefix="/in", dependencies=[Depends(auth)])
    @outer.get("/z")
    def z(): return "z"
    app = FastAPI()
    app.include_router(outer, prefix="/1")
    app.include_router(outer, prefix="/2")
    """


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"/x"', '"/X"'),
        ('"/z"', '"/Z"'),
        ('"/in"', '"/IN"'),
        ('"/1"', '"/one"'),
        ('@inner.get("/x")\ndef x(): return "x"\n', ""),
        ("def x():", "def x(a: int = 1):"),
        ("def auth():", "def auth(n: int = 1):"),
        ("return 1", "return 2"),
        ("inner = APIRouter(", "inner = APIRouter(tags=['inner'], "),
        ("FastAPI()", "FastAPI(title='nested')"),
    ],
)
def test_routers_in_routers_that_are_included_twice(project, old, new):
    project.write({"app.py": NESTED})
    module = project.load("app")

    project.edit("app.py", old, new)
    project.refresh()

    live = module.app.openapi()
    fresh: dict[str, object] = {"__name__": "fresh"}
    exec(compile(project.read("app.py"), "app.py", "exec"), fresh)
    assert list(live["paths"]) == list(fresh["app"].openapi()["paths"])
    assert live == fresh["app"].openapi()
    client = testclient.TestClient(module.app)
    assert ask(client, *live["paths"]) == [path[-1].lower() for path in live["paths"]]


def test_the_lists_of_routes_and_middleware_that_an_application_was_given(project):
    project.write(
        {
            "pages.py": """
                from starlette.responses import JSONResponse
                from starlette.routing import Route
                def a(request): return JSONResponse("a")
                def b(request): return JSONResponse("b")
                routes = [Route("/a", a)]
                """,
            "app.py": """
                from starlette.applications import Starlette
                from starlette.middleware import Middleware
                from starlette.middleware.cors import CORSMiddleware
                from pages import routes
                middleware = [Middleware(CORSMiddleware, allow_origins=["x"])]
                app = Starlette(routes=routes, middleware=middleware)
                """,
        }
    )
    module = project.load("app")
    app = module.app
    with testclient.TestClient(app) as client:
        assert ask(client, "/a", "/b") == ["a", 404]

        project.edit("pages.py", '"/a", a)', '"/a", a), Route("/b", b)')
        assert project.refresh() == ["run pages.routes", "rerun app.app"]
        assert ask(client, "/a", "/b") == ["a", "b"]

        project.edit("app.py", "app = ", 'routes.append(Route("/c", a))\napp = ')
        project.edit(
            "app.py", "import routes", "import a, routes\nfrom starlette.routing import Route"
        )
        assert project.refresh() == [
            "run app.a, routes",
            "run app.Route",
            "run app:7",
            "rerun app.app",
        ]
        assert ask(client, "/a", "/b", "/c") == ["a", "b", "a"]

        project.edit("app.py", '["x"]', '["*"]')
        project.refresh()
        assert client.get("/a", headers={"origin": "y"}).headers["access-control-allow-origin"]

        project.edit("pages.py", 'JSONResponse("b")', 'JSONResponse("bb")')
        assert project.refresh() == ["patch pages.b"]
        assert ask(client, "/b") == ["bb"]
        assert module.app is app


PAGES = """
    from starlette.responses import JSONResponse
    from starlette.routing import Route
    def a(request): return JSONResponse("a")
    def b(request): return JSONResponse("b")
    routes = [Route("/a", a)]
    """


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("routes = [Mount('/x', routes=pages.routes)]\napp = Starlette(routes=routes)",
         ["app.routes", "app.app"]),
        ("routes = (Mount('/x', app=Router(pages.routes)),)\napp = Starlette(routes=[*routes])",
         ["app.routes", "app.app"]),
        ("router = Router(pages.routes)\nroutes = [Mount('/x', app=router)]\napp = Starlette(routes=routes)",
         ["app.router", "app.routes", "app.app"]),
        ("app = Starlette(routes=[Mount('/x', routes=pages.routes)])", ["app.app"]),
        ("app = Starlette()\napp.mount('/x', Router(routes=pages.routes))", ["app:5"]),
        ("routes = []\nroutes.append(Mount('/x', routes=pages.routes))\napp = Starlette(routes=routes)",
         ["app:5", "app.app"]),
    ],
)  # fmt: skip
def test_what_mounts_a_list_of_routes_follows_it(project, text, again):
    head = "from starlette.applications import Starlette\nimport pages\n"
    files = {
        "pages.py": PAGES,
        "app.py": f"{head}from starlette.routing import Mount, Router\n{text}",
    }
    project.write(files)
    app = project.load("app").app
    with testclient.TestClient(app) as client:
        assert ask(client, "/x/a", "/x/b") == ["a", 404]
        for line, answers in (('"/a", a), Route("/b", b)', ["a", "b"]), ('"/b", b)', [404, "b"])):
            project.write(files)
            project.sync.refresh()
            project.edit("pages.py", '"/a", a)', line)
            assert project.refresh() == ["run pages.routes", *(f"rerun {name}" for name in again)]
            assert ask(client, "/x/a", "/x/b") == answers

        project.write(files)
        project.refresh()
        assert ask(client, "/x/a", "/x/b") == ["a", 404]
        assert len(app.routes) == 1
        assert project.load("app").app is app


@pytest.mark.parametrize(
    "mounted", ["Router(routes=pages.routes)", "StaticFiles(directory=FOLDER)"]
)
def test_the_path_of_what_is_mounted_where_it_is_made_is_edited(project, mounted):
    text = f"""
        from pathlib import Path
        from starlette.applications import Starlette
        from starlette.routing import Router
        from starlette.staticfiles import StaticFiles
        import pages
        FOLDER = Path(__file__).parent
        app = Starlette()
        app.mount("/x", {mounted})
        app.mount("/z", Router(), name="z")
        """
    project.write({"pages.py": PAGES, "app.py": text, "a": '"a"'})
    app = project.load("app").app
    with testclient.TestClient(app) as client:
        assert ask(client, "/x/a", "/y/a") == ["a", 404]
        project.edit("app.py", '"/x"', '"/y"')
        assert project.refresh() == ["run app:8"]
        assert ask(client, "/x/a", "/y/a") == [404, "a"]
        assert [route.path for route in app.routes] == ["/y", "/z"]
        project.edit("app.py", '"/y"', '"/x"')
        assert project.refresh() == ["run app:8"]
        assert ask(client, "/x/a", "/y/a") == ["a", 404]
        assert [route.path for route in app.routes] == ["/x", "/z"]
