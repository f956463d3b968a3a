"""An aiohttp application is edited while it serves: it is frozen, and takes in what is new."""

from __future__ import annotations

import asyncio
import gc
import re

import pytest

from libraries import Library, needs
from running import edit, heatsync_running, write
from waiting import until

test_utils = Library("aiohttp.test_utils")
pytestmark = needs("aiohttp")

FILES = {
    "app.py": """
        from aiohttp import web
        from sub import sub
        LOG = []
        DB = web.AppKey("DB", str)
        async def db(app):
            app[DB] = "db"
            LOG.append("up")
            yield
            LOG.append(f"down {app[DB]}")
        @web.middleware
        async def head(request, handler):
            response = await handler(request)
            response.headers["x-head"] = "1"
            return response
        async def a(request): return web.Response(text=f"a {request.app[DB]}")
        async def b(request): return web.Response(text="b")
        app = web.Application(client_max_size=1000)
        app.cleanup_ctx.append(db)
        app.router.add_get("/a", a)
        app.add_subapp("/sub", sub)
        app.router.add_get("/b/{x}", b)
        """,
    "sub.py": """
        from aiohttp import web
        import inner
        sub = web.Application()
        routes = web.RouteTableDef()
        @routes.get("/s")
        async def s(request): return web.Response(text="s")
        @routes.get("/t/{name}")
        async def t(request): return web.Response(text="t")
        sub.add_routes(routes)
        sub.add_subapp("/inner", inner.app)
        """,
    "inner.py": """
        from aiohttp import web
        app = web.Application()
        async def i(request): return web.Response(text="i")
        app.router.add_get("/i", i)
        """,
}
PATHS = "/a", "/b/1", "/sub/s", "/sub/t/x", "/sub/inner/i"
ALL = ["a db", "b", "s", "t", "i"]


class Served:
    def __init__(self, project, client):
        self.project = project
        self._client = client

    async def ask(self, *paths):
        """What is answered at some paths, or the status."""
        answers = [await self._client.get(path) for path in paths]
        return [await one.text() if one.status == 200 else one.status for one in answers]

    async def heads(self, *paths):
        return [(await self._client.get(path)).headers.get("x-head") for path in paths]

    def edit(self, *edit):
        self.project.edit(*edit)
        return self.project.refresh()

    async def fails(self, name, old, new):
        """A batch that fails leaves all as it was, and the next one is applied."""
        before = await self.ask(*PATHS)
        self.project.edit(name, old, new)
        self.project.fail()
        assert await self.ask(*PATHS) == before
        self.project.edit(name, new, old)
        self.project.sync.refresh()
        assert await self.ask(*PATHS) == before


def serving(project, steps, files=FILES):
    """Serves an application while it is edited; in the end it cleans up what it had begun with."""
    project.write(files)
    module = project.load("app")
    app = module.app

    async def serve():
        async with test_utils.TestClient(test_utils.TestServer(app)) as client:
            served = Served(project, client)
            assert await served.ask(*PATHS) == ALL
            await steps(served)
            assert module.app is app

    asyncio.run(serve())
    assert module.LOG == ["up", "down db"]


def test_the_served_application_becomes_what_its_edited_line_makes(project):
    async def steps(served):
        line = "client_max_size=1000"
        assert served.edit("app.py", line, f"{line}, middlewares=[head]") == [
            "run app.app",
            "rerun app:18",
            "rerun app:19",
            "rerun app:20",
            "rerun app:21",
        ]
        assert await served.ask(*PATHS) == ALL
        assert await served.heads("/a", "/sub/inner/i") == ["1", "1"]

        await served.fails("app.py", line, "client_max_size=1 / 0")
        await served.fails("app.py", '"/b/{x}", b', '"/b/{x}", 1 / 0')
        assert await served.heads("/a", "/sub/inner/i") == ["1", "1"]

        served.edit("app.py", ", middlewares=[head]", "")
        assert await served.ask(*PATHS) == ALL
        assert await served.heads("/a", "/sub/inner/i") == [None, None]

    serving(project, steps)


def test_what_a_factory_makes_is_served_as_it_is_made_now(project):
    made, lines = FILES["app.py"].split("        app = ")
    inside = f"        app = {lines}".replace("        app", "            app").rstrip()
    factory = (
        f"{made}        def create():\n{inside}\n            return app\n        app = create()\n"
    )

    async def steps(served):
        route = 'app.router.add_get("/c", b)\n    return app'
        assert served.edit("app.py", "return app", route) == ["patch app.create", "rerun app.app"]
        assert await served.ask(*PATHS) == ALL
        assert await served.ask("/c") == ["b"]
        await served.fails("app.py", "return app\n", "return 1 / 0\n")
        assert await served.ask("/c") == ["b"]

    serving(project, steps, FILES | {"app.py": factory})


def test_routes_and_middleware_are_added_and_removed_while_serving(project):
    async def steps(served):
        line, more = 'app.router.add_get("/b/', 'app.router.add_get("/c", b)\n'
        middleware = "app.middlewares.append(head)\n"
        assert served.edit("app.py", line, f"{middleware}{more}{line}") == [
            "run app:21",
            "run app:22",
        ]
        assert await served.ask(*PATHS) == ALL
        assert await served.ask("/c") == ["b"]
        assert await served.heads("/a", "/sub/inner/i") == ["1", "1"]

        await served.fails("app.py", more, "app.router.add_get('/d', b)\n1 / 0\n")
        assert await served.ask("/c", "/d") == ["b", 404]

        assert served.edit("app.py", '"/c"', '"/d"') == ["run app:22"]
        assert await served.ask("/c", "/d") == [404, "b"]

        assert served.edit("app.py", middleware, "") == ["drop app:21"]
        assert await served.ask(*PATHS) == ALL
        assert await served.heads("/a", "/sub/inner/i") == [None, None]

    serving(project, steps)


def test_an_application_in_another_one_is_edited_while_serving(project):
    async def steps(served):
        assert served.edit("app.py", '"/sub"', '"/bus"') == ["run app:20"]
        moved = [path.replace("sub", "bus") for path in PATHS]
        assert await served.ask(*moved) == ALL
        assert await served.ask(*PATHS) == ["a db", "b", 404, 404, 404]
        served.edit("app.py", '"/bus"', '"/sub"')

        assert served.edit("sub.py", '"/s"', '"/u"') == ["run sub.s", "rerun sub:9", "rerun app:20"]
        assert await served.ask("/sub/s", "/sub/u") == [404, "s"]
        served.edit("sub.py", '"/u"', '"/s"')

        served.edit("sub.py", "web.Application()", "web.Application(client_max_size=1)")
        served.edit("inner.py", "web.Application()", "web.Application(client_max_size=1)")
        assert await served.ask(*PATHS) == ALL

        route = 'app.router.add_get("/j", i)\n'
        assert served.edit("inner.py", "app.router", f"{route}app.router")[0] == "run inner:4"
        assert await served.ask(*PATHS, "/sub/inner/j") == [*ALL, "i"]

        await served.fails("inner.py", route, "1 / 0\n")
        await served.fails("app.py", '"/sub"', '"/sub", 1 / 0')
        assert await served.ask("/sub/inner/j") == ["i"]

    serving(project, steps)


def test_it_is_edited_before_it_serves(project):
    project.write(FILES)
    module = project.load("app")
    project.edit("sub.py", '"/s"', '"/u"')
    project.refresh()
    project.edit("sub.py", '"/u"', '"/s"')
    project.edit("app.py", "client_max_size=1000", "client_max_size=2000")
    project.refresh()
    assert not module.app.frozen

    async def serve():
        async with test_utils.TestClient(test_utils.TestServer(module.app)) as client:
            served = Served(project, client)
            served.edit("app.py", '"/b/{x}"', '"/{x}/b"')
            assert await served.ask("/a", "/1/b", *PATHS[2:]) == ALL

    asyncio.run(serve())
    assert module.LOG == ["up", "down db"]


MAIN = """\
from aiohttp import web


async def home(request):
    return web.Response(text="home")


def create_app():
    app = web.Application()
    app.router.add_get("/", home)
    return app


app = create_app()

if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=0)
"""


def test_a_program_that_runs_the_server_serves_what_it_says_now(tmp_path):
    httpx = pytest.importorskip("httpx")
    write(tmp_path, {"main.py": MAIN})
    with heatsync_running("main.py", cwd=tmp_path, PYTHONUNBUFFERED="1") as program:
        address = re.search(r"http://127\.0\.0\.1:\d+", program.until("Running on"))[0]
        with httpx.Client(base_url=address) as client:
            assert client.get("/").text == "home"

            edit(tmp_path / "main.py", '"/", home', '"/house", home')

            until(lambda: client.get("/house").text == "home")
            assert client.get("/").status_code == 404


def test_a_route_with_a_name_is_edited(project):
    named = """
        from aiohttp import web
        routes = web.RouteTableDef()
        @routes.get("/", name="home")
        async def home(request): return web.Response(text="home")
        async def other(request): return web.Response(text="other")
        app = web.Application()
        app.add_routes(routes)
        app.router.add_get("/other", other, name="other")
        """
    project.write({"app.py": named})
    app = project.load("app").app

    def by_name():
        return {name: str(resource.url_for()) for name, resource in app.router.items()}

    async def serve():
        async with test_utils.TestClient(test_utils.TestServer(app)) as client:
            served = Served(project, client)
            for name, old, new, resources in [
                ("app.py", '"/",', '"/home",', {"home": "/home", "other": "/other"}),
                ("app.py", '"/home",', '"/",', {"home": "/", "other": "/other"}),
                ("app.py", 'name="home"', 'name="house"', {"house": "/", "other": "/other"}),
                ("app.py", 'name="house"', 'name="home"', {"home": "/", "other": "/other"}),
                ("app.py", '"/other"', '"/another"', {"home": "/", "other": "/another"}),
                ("app.py", '@routes.get("/", name="home")\n', "", {"other": "/another"}),
            ]:
                served.edit(name, old, new)
                assert by_name() == resources
                there = [[str(r.url_for())] for r in app.router.resources()]
                assert sorted(there) == sorted([path] for path in resources.values())
                texts = {"house": "home"}
                answers = [texts.get(one, one) for one in resources]
                assert await served.ask(*resources.values()) == answers
            assert await served.ask("/", "/home", "/other") == [404, 404, 404]

    asyncio.run(serve())


def test_parts_stay_in_an_application_that_is_edited_again_and_again(project):
    async def steps(served):
        gc.collect()
        gc.disable()  # so that nothing of what was made on the way is collected
        try:
            for number in range(1000, 1006):
                size, more = f"client_max_size={number}", f"client_max_size={number + 1}"
                served.edit("app.py", size, more)
                assert await served.ask(*PATHS) == ALL
                await served.fails("app.py", '"/b/{x}", b', '"/b/{x}", 1 / 0')
                await served.fails("app.py", '"/sub"', '"/bus", 1 / 0')
                served.edit("sub.py", "Application(", f"Application({size}")
                served.edit("sub.py", f"Application({size}", "Application(")
                assert await served.ask(*PATHS) == ALL
            assert not any(report.notes for report in project.sync.history if not report.error)
            served.edit("app.py", '"/sub"', '"/bus"')
            assert await served.ask(*[path.replace("sub", "bus") for path in PATHS]) == ALL
        finally:
            gc.enable()

    serving(project, steps)
