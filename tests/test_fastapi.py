"""FastAPI with models that are edited: requests are validated, answered and described anew."""

from __future__ import annotations

import pytest

from libraries import Library, needs

testclient = Library("fastapi.testclient")
pytestmark = needs("fastapi.testclient")

FILES = {
    "models.py": """
        from enum import Enum
        from pydantic import BaseModel
        class Color(str, Enum):
            RED = "red"
        class Part(BaseModel):
            weight: int = 1
        class Item(BaseModel):
            name: str
            part: Part = Part()
        class Filter(BaseModel):
            size: int = 10
        """,
    "app.py": """
        from typing import Annotated
        from fastapi import FastAPI, Depends, Query
        from models import Color, Filter, Item
        app = FastAPI()
        STORE = []
        def limit(limit: int = 5): return limit
        @app.post("/items")
        def create(item: Item) -> Item:
            STORE.append(item)
            return item
        @app.get("/items", response_model=list[Item])
        def items(limit: Annotated[int, Depends(limit)]): return STORE[:limit]
        @app.put("/pair")
        def pair(one: Item, two: Item): return [one.name, two.name]
        @app.get("/filtered")
        def filtered(filter: Annotated[Filter, Query()], color: Color = Color.RED):
            return {"filter": filter, "color": color}
        """,
}


@pytest.fixture
def served(project):
    project.write(FILES)
    app = project.load("app").app
    return app, testclient.TestClient(app)


def schema(app, name):
    return list(app.openapi()["components"]["schemas"][name]["properties"])


def test_a_field_of_a_body_and_response(project, served):
    app, client = served
    assert client.post("/items", json={"name": "a"}).json() == {"name": "a", "part": {"weight": 1}}
    assert schema(app, "Item") == ["name", "part"]
    project.edit("models.py", "name: str\n", "name: str\n    price: float = 2\n")
    assert project.refresh() == [
        "run models.Item",
        "rerun app.create",
        "rerun app.items",
        "rerun app.pair",
    ]

    assert client.post("/items", json={"name": "b", "price": "3"}).json() == {
        "name": "b",
        "price": 3,
        "part": {"weight": 1},
    }
    assert client.post("/items", json={"name": "b", "price": "x"}).status_code == 422
    assert [item.get("price") for item in client.get("/items").json()] == [2, 3]
    assert schema(app, "Item") == ["name", "price", "part"]
    body = {"one": {"name": "a", "price": "x"}, "two": {"name": "b"}}
    assert client.put("/pair", json=body).status_code == 422


def test_a_field_of_a_nested_model(project, served):
    app, client = served
    client.post("/items", json={"name": "a"})
    app.openapi()
    project.edit("models.py", "weight: int = 1", "weight: int = 1\n    unit: str = 'kg'")
    project.refresh()
    part = {"weight": 2, "unit": "g"}
    assert client.post("/items", json={"name": "b", "part": part}).json()["part"] == part
    assert client.get("/items").json()[1]["part"] == part
    assert schema(app, "Part") == ["weight", "unit"]


def test_a_model_of_the_query_and_an_enum(project, served):
    app, client = served
    assert client.get("/filtered?size=3").json() == {"filter": {"size": 3}, "color": "red"}
    app.openapi()
    project.edit("models.py", "size: int = 10", "size: int = 10\n    page: int = 1")
    project.edit("models.py", 'RED = "red"', 'RED = "red"\n    BLUE = "blue"')
    project.refresh()
    assert client.get("/filtered?size=3&page=2&color=blue").json() == {
        "filter": {"size": 3, "page": 2},
        "color": "blue",
    }
    parameters = app.openapi()["paths"]["/filtered"]["get"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == ["size", "page", "color"]
    assert app.openapi()["components"]["schemas"]["Color"]["enum"] == ["red", "blue"]


def test_routes_and_parameters(project, served):
    app, client = served
    app.openapi()
    project.edit("app.py", "limit: int = 5", "limit: int = 1, offset: int = 0")
    project.edit("app.py", "return limit\n", "return limit + offset\n")
    project.refresh()
    for name in "abc":
        client.post("/items", json={"name": name})
    assert len(client.get("/items").json()) == 1
    assert len(client.get("/items?offset=1").json()) == 2
    names = [p["name"] for p in app.openapi()["paths"]["/items"]["get"]["parameters"]]
    assert names == ["limit", "offset"]

    project.edit("app.py", '"/pair"', '"/two"')
    project.refresh()
    assert "/pair" not in app.openapi()["paths"]
    assert client.put("/two", json={"one": {"name": "a"}, "two": {"name": "b"}}).json() == [
        "a",
        "b",
    ]


def test_the_response_model_of_a_route(project, served):
    app, client = served
    app.openapi()
    project.edit(
        "app.py",
        "response_model=list[Item]",
        'response_model=list[Item], response_model_exclude={"__all__": {"part"}}',
    )
    project.refresh()
    client.post("/items", json={"name": "a"})
    assert client.get("/items").json() == [{"name": "a"}]
    assert [route.path for route in app.routes if route.path == "/items"] == ["/items", "/items"]


def test_a_failed_batch_leaves_routes_as_they_were(project, served):
    app, client = served
    before = app.openapi()
    project.edit("models.py", "name: str\n", "name: str\n    price: float\n")
    project.write({"models.py": project.read("models.py") + "raise ValueError\n"})
    project.fail()
    assert client.post("/items", json={"name": "a"}).json() == {"name": "a", "part": {"weight": 1}}
    assert app.openapi() == before


KINDS = [
    "def {}: return {}",
    "async def {}: return {}",
    "def {}: yield {}",
    "async def {}: yield {}",
]


@pytest.mark.parametrize("after", KINDS)
@pytest.mark.parametrize("before", KINDS)
def test_a_dependency_becomes_another_kind_of_function(project, before, after):
    text = """
    from fastapi import Depends, FastAPI
    app = FastAPI()
    {}
    def middle(got=Depends(given)): return got
    @app.get("/")
    def get(got=Depends(middle)): return got
    """
    project.write({"app.py": text.format(before.format("given()", 1))})
    client = testclient.TestClient(project.load("app").app)
    assert client.get("/").json() == 1
    project.write({"app.py": text.format(after.format("given()", 22))})
    project.refresh()
    assert client.get("/").json() == 22


def test_a_dependency_of_a_route_of_a_class_of_its_own(project):
    project.write(
        {
            "limits.py": """
                from fastapi import Depends
                def given(limit: int = 1): return limit
                def middle(got=Depends(given)): return got
                """,
            "app.py": """
                from fastapi import Depends, FastAPI
                from fastapi.routing import APIRoute
                import limits
                class Timed(APIRoute): pass
                app = FastAPI()
                app.router.route_class = Timed
                @app.get("/")
                def get(got=Depends(limits.middle)): return got
                """,
        }
    )
    client = testclient.TestClient(project.load("app").app)
    assert client.get("/").json() == 1

    project.edit("limits.py", "limit: int = 1): return limit", "more: int = 2): return more")
    project.refresh()

    assert client.get("/?more=22").json() == 22


@pytest.mark.parametrize("after", KINDS[:2])
@pytest.mark.parametrize("before", KINDS[:2])
def test_a_route_becomes_another_kind_of_function(project, before, after):
    text = "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/')\n{}\n"
    project.write({"app.py": text.format(before.format("get()", 1))})
    client = testclient.TestClient(project.load("app").app)
    assert client.get("/").json() == 1
    project.write({"app.py": text.format(after.format("get()", 22)) + "1 / 0\n"})
    assert project.report().error
    assert client.get("/").json() == 1
    project.write({"app.py": text.format(after.format("get()", 22))})
    project.refresh()
    assert client.get("/").json() == 22


def test_a_function_becomes_a_route_where_it_stands(project):
    head = "from fastapi import FastAPI\napp = FastAPI()\n"
    me = "def me() -> str: return 'me'\n"
    by_id = "@app.get('/items/{number}')\ndef item(number: int): return number\n"
    project.write({"app.py": head + me + by_id})
    app = project.load("app").app
    client = testclient.TestClient(app)
    assert client.get("/items/me").status_code == 422

    project.write({"app.py": head + "@app.get('/items/me')\n" + me + by_id})
    project.refresh()
    assert client.get("/items/me").json() == "me"

    wrap = "def wrap(f): return lambda: [f()]\n"
    project.write({"app.py": head + wrap + "@wrap\n@app.get('/items/me')\n" + me + by_id})
    project.refresh()
    assert project.load("app").me() == ["me"]
    assert client.get("/items/me").json() == "me"


def test_the_docstring_of_a_route_is_its_description(project):
    project.write({"app.py": "from fastapi import FastAPI\napp = FastAPI()\n"})
    route = '@app.get("/a")\ndef read():\n    """{}"""\n    return 1\n'
    project.write({"app.py": project.read("app.py") + route.format("Old.")})
    app = project.load("app").app
    assert app.openapi()["paths"]["/a"]["get"]["description"] == "Old."
    project.edit("app.py", "Old.", "New.")

    assert project.refresh() == ["rerun app.read"]

    assert app.openapi()["paths"]["/a"]["get"]["description"] == "New."
    assert len([route for route in app.routes if route.path == "/a"]) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def users()", "def users(page: int = 1)"),
        ('"/users"', '"/people"'),
        ('Header("")', 'Header("", description="the token")'),
    ],
)
def test_what_a_router_asks_of_all_its_routes_it_goes_on_asking(project, old, new):
    text = """
        from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException
        async def auth(token: str = Header("")):
            if token != "secret":
                raise HTTPException(401)
        router = APIRouter(dependencies=[Depends(auth)])
        @router.get("/users")
        def users(): return 1
        @router.get("/keys")
        def keys(): return 1
        app = FastAPI()
        app.include_router(router)
        """
    project.write({"app.py": text})
    client = testclient.TestClient(project.load("app").app)
    assert [client.get(path).status_code for path in ("/users", "/keys")] == [401, 401]

    project.edit("app.py", old, new)
    project.refresh()

    users = "/people" if "people" in new else "/users"
    for token, status in ("", 401), ("secret", 200):
        answers = [client.get(path, headers={"token": token}) for path in (users, "/keys")]
        assert [answer.status_code for answer in answers] == [status, status]


DEPENDENCIES = """
    from fastapi import Header
    class Paging:
        def __init__(self, limit: int = 3): self.limit = limit
    class Longer(Paging): pass
    class Role:
        def __init__(self, role): self.role = role
        def __call__(self, name: str = Header("guest")): return f"{name} is {self.role}"
        def named(self, name: str = "x"): return f"{name} is {self.role}"
    """


@pytest.mark.parametrize(
    ("dependency", "was"),
    [
        ("Depends(Paging)", 3),
        ("Depends(Longer)", 3),
        ('Depends(Role("admin"))', "guest is admin"),
        ('Depends(Role("admin").named)', "x is admin"),
        ('Depends(partial(Role("admin")))', "guest is admin"),
    ],
)
def test_a_dependency_that_is_a_class_or_an_instance(project, dependency, was):
    project.write(
        {
            "dependencies.py": DEPENDENCIES,
            "app.py": f"""
                from functools import partial
                from fastapi import Depends, FastAPI
                from dependencies import Longer, Paging, Role
                app = FastAPI()
                @app.get("/")
                def get(got={dependency}): return getattr(got, "limit", got)
                """,
        }
    )
    client = testclient.TestClient(project.load("app").app)
    assert client.get("/").json() == was
    project.edit("dependencies.py", "limit: int = 3", "limit: int = 50")
    project.edit("dependencies.py", 'Header("guest")', 'Header("nobody")')
    project.edit("dependencies.py", 'name: str = "x"', 'name: str = "y"')

    assert project.refresh()[-1] == "rerun app.get"

    known = {3: 50, "guest is admin": "nobody is admin", "x is admin": "y is admin"}
    assert client.get("/").json() == known[was]


def test_a_class_that_is_a_dependency_gets_a_signature_of_its_own(project):
    project.write(
        {
            "dependencies.py": "class Paging:\n    limit = 3\n",
            "app.py": """
                from fastapi import Depends, FastAPI
                from dependencies import Paging
                app = FastAPI()
                @app.get("/")
                def get(page: Paging = Depends()): return page.limit
                """,
        }
    )
    client = testclient.TestClient(project.load("app").app)
    assert client.get("/?limit=5").json() == 3
    more = "    def __init__(self, limit: int = 4): self.limit = limit\n"
    project.write({"dependencies.py": project.read("dependencies.py") + more})

    assert project.refresh() == ["run dependencies.Paging.__init__", "rerun app.get"]

    assert client.get("/?limit=5").json() == 5


def test_a_dependency_that_only_the_line_names_that_includes_a_router(project):
    text = """
        from fastapi import APIRouter, Depends, FastAPI
        def given(limit: int = 1): return limit
        router = APIRouter()
        @router.get("/x")
        def x(): return 1
        app = FastAPI()
        app.include_router(router, dependencies=[Depends(given)])
        """
    project.write({"app.py": text})
    app = project.load("app").app
    client = testclient.TestClient(app)
    assert client.get("/x?limit=a").status_code == 422
    project.edit("app.py", "limit: int = 1", 'limit: str = "b"')

    project.refresh()

    assert client.get("/x?limit=a").json() == 1


def test_routes_of_a_router_change_places(project):
    named = '@router.get("/users/{name}")\ndef named(name: str): return name\n'
    me = '@router.get("/users/me")\ndef me(): return "I"\n'
    head = "from fastapi import APIRouter\nrouter = APIRouter()\n"
    app = "from fastapi import FastAPI\nimport users\napp = FastAPI()\napp.include_router(users.router)\n"
    project.write({"users.py": head + named + me, "app.py": app})
    client = testclient.TestClient(project.load("app").app)
    assert client.get("/users/me").json() == "me"
    project.write({"users.py": head + me + named})

    assert project.refresh() == ["rerun app:4"]

    assert [client.get(f"/users/{name}").json() for name in ("me", "you")] == ["I", "you"]


def test_an_exception_handler_for_another_exception_leaves_the_pages_of_the_application(project):
    """Those pages know the application, and by way of that all that is registered with it."""
    project.write(
        {
            "app.py": """
                from fastapi import FastAPI
                from fastapi.responses import PlainTextResponse
                app = FastAPI()
                @app.exception_handler(Exception)
                async def failed(request, error): return PlainTextResponse("any", 500)
                @app.get("/a")
                def a(): return {}["a"]
                """
        }
    )
    app = project.load("app").app
    client = testclient.TestClient(app, raise_server_exceptions=False)

    def answers():
        pages = [client.get(path).status_code for path in ("/openapi.json", "/docs", "/redoc")]
        own = {error for error, handler in app.exception_handlers.items() if handler is failed()}
        return client.get("/a").text, own, pages, [route.path for route in app.routes]

    def failed():
        return project.load("app").failed

    paths = ["/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc", "/a"]
    assert answers() == ("any", {Exception}, [200, 200, 200], paths)

    project.edit("app.py", "handler(Exception)", "handler(KeyError)")
    assert project.refresh() == ["run app.failed"]
    assert answers() == ("any", {KeyError}, [200, 200, 200], paths)

    project.edit("app.py", "handler(KeyError)", "handler(ValueError)")
    assert project.refresh() == ["run app.failed"]
    assert answers() == ("Internal Server Error", {ValueError}, [200, 200, 200], paths)

    project.edit("app.py", "handler(ValueError)", "handler(Exception)")
    assert project.refresh() == ["run app.failed"]
    assert answers() == ("any", {Exception}, [200, 200, 200], paths)


def test_an_edited_middleware_stays_where_a_router_is_added_and_another_one_made_again(project):
    files = {
        "app.py": """
            from fastapi import FastAPI
            from fastapi.middleware.cors import CORSMiddleware
            import items, users
            app = FastAPI()
            app.add_middleware(CORSMiddleware, allow_origins=["http://b"])
            @app.middleware("http")
            async def timing(request, call_next): return await call_next(request)
            app.include_router(items.router, prefix="/items", tags=["items"])
            """,
        "items.py": """
            from fastapi import APIRouter, Depends
            from deps import auth
            router = APIRouter(dependencies=[Depends(auth)])
            @router.get("/{name}")
            def one(name: str): return name
            """,
        "users.py": """
            from fastapi import APIRouter
            router = APIRouter()
            @router.get("/list")
            def users(): return ["u"]
            """,
        "deps.py": "async def auth(token: str = 't'): return token\n",
    }
    project.write(files)
    app = project.load("app").app
    client = testclient.TestClient(app)

    def answers():
        allowed = [
            client.get("/items/x", headers={"origin": f"http://{origin}"}).headers.get(
                "access-control-allow-origin"
            )
            for origin in "ab"
        ]
        users = client.get("/users/list").status_code
        return allowed, [one.cls.__name__ for one in app.user_middleware], users

    both = ["BaseHTTPMiddleware", "CORSMiddleware"]
    assert answers() == ([None, "http://b"], both, 404)

    project.edit("app.py", "http://b", "http://a")
    text = project.read("app.py")
    project.write({"app.py": f"{text}app.include_router(users.router, prefix='/users')\n"})
    project.edit("deps.py", "async def", "def")
    assert project.refresh() == [
        "run deps.auth",
        "rerun items.one",
        "run app:5",
        "rerun app:8",
        "run app:9",
    ]
    assert answers() == (["http://a", None], both, 200)

    project.write({name: files[name] for name in ("app.py", "deps.py")})
    project.report()
    assert answers() == ([None, "http://b"], both, 404)
    assert client.get("/items/x").json() == "x"
