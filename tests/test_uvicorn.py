"""A web application is edited while it serves, and keeps a stream open all the while."""

import re
import threading

import httpx
import pytest

from running import edit, heatsync_running, write
from waiting import PATIENCE, until

FILES = {
    "app.py": """\
import asyncio
import itertools
import os

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from settings import LIMIT

app = FastAPI()


@app.get("/pid")
def pid():
    return os.getpid()


@app.get("/hello")
async def hello():
    return "hello"


@app.get("/limit")
def limit():
    return LIMIT


@app.get("/stream")
async def stream():
    async def chunks():
        for number in itertools.count():
            yield f"{number}\\n"
            await asyncio.sleep(0.01)

    return StreamingResponse(chunks())
""",
    "settings.py": "LIMIT = 10\n",
}


class Stream(threading.Thread):
    """One response that is read as long as it comes."""

    def __init__(self, base):
        super().__init__()
        self._client = httpx.Client(base_url=base, timeout=PATIENCE)
        self._stopping = threading.Event()
        self.numbers = []
        self.error = None

    def run(self):
        try:
            with self._client, self._client.stream("GET", "/stream") as response:
                for line in response.iter_lines():
                    self.numbers.append(int(line))
                    if self._stopping.is_set():
                        return
            self.error = "the stream ended"
        except Exception as error:
            self.error = error

    def goes_on(self):
        """More chunks come, and none was lost or came twice."""
        count = len(self.numbers)
        until(lambda: len(self.numbers) > count or self.error)
        assert self.error is None
        assert self.numbers == list(range(len(self.numbers)))

    def stop(self):
        self._stopping.set()
        self.join(PATIENCE)


class Site:
    def __init__(self, folder, server, base):
        self.folder = folder
        self.server = server
        self._client = httpx.Client(base_url=base, timeout=PATIENCE)
        self.stream = Stream(base)
        self.stream.start()

    def get(self, path):
        response = self._client.get(path)
        return response.json() if response.status_code == 200 else response.status_code

    def edit(self, name, old, new):
        edit(self.folder / name, old, new)

    def until(self, path, expected):
        try:
            until(lambda: self.get(path) == expected)
        except AssertionError:
            told = "\n".join(self.server.lines[-40:])
            raise AssertionError(
                f"{path} answers {self.get(path)!r}; the server:\n{told}"
            ) from None

    def close(self):
        self.stream.stop()
        self._client.close()


@pytest.fixture
def site(tmp_path):
    write(tmp_path, FILES)
    words = ("-m", "uvicorn", "app:app", "--port", "0", "--no-access-log")
    with heatsync_running(*words, cwd=tmp_path) as server:
        line = server.until("Uvicorn running on")
        site = Site(tmp_path, server, re.search(r"http://127\.0\.0\.1:\d+", line)[0])
        try:
            yield site
        finally:
            site.close()


def test_a_served_application_is_edited_without_a_restart(site):
    pid = site.get("/pid")
    site.stream.goes_on()

    site.edit("app.py", 'return "hello"', 'return "hello, you"')
    site.until("/hello", "hello, you")
    site.stream.goes_on()

    assert site.get("/limit") == 10
    site.edit("settings.py", "LIMIT = 10", "LIMIT = 20")
    site.until("/limit", 20)
    site.stream.goes_on()

    helper = 'def polite(word):\n    return f"dear {word}"\n\n\n@app.get("/hello")'
    site.edit("app.py", '@app.get("/hello")', helper)
    site.edit("app.py", 'return "hello, you"', 'return polite("you")')
    site.until("/hello", "dear you")
    site.stream.goes_on()

    assert site.get("/pid") == pid


def test_a_broken_save_is_served_by_the_previous_version_until_its_repair(site):
    pid = site.get("/pid")
    site.edit("app.py", 'return "hello"', 'return "hello')
    site.server.until("still running the previous version", "SyntaxError")
    assert site.get("/hello") == "hello"
    site.stream.goes_on()

    site.edit("app.py", 'return "hello', 'return "hello again"')
    site.until("/hello", "hello again")
    site.stream.goes_on()

    assert site.get("/pid") == pid


def test_a_route_is_added_and_removed_while_serving(site):
    pid = site.get("/pid")
    assert site.get("/new") == 404
    new = '@app.get("/new")\ndef new():\n    return "new"\n\n\n@app.get("/hello")'
    site.edit("app.py", '@app.get("/hello")', new)
    site.until("/new", "new")
    site.stream.goes_on()

    site.edit("app.py", new, '@app.get("/hello")')
    site.until("/new", 404)
    site.stream.goes_on()

    assert site.get("/hello") == "hello"
    assert site.get("/pid") == pid


def test_the_line_of_the_application_is_edited_and_the_server_serves_what_it_makes(site):
    pid = site.get("/pid")
    site.stream.goes_on()
    site.edit("app.py", "app = FastAPI()", 'app = FastAPI(openapi_url="/schema")')
    site.until("/openapi.json", 404)
    assert site.get("/schema")["paths"].keys() == {"/pid", "/hello", "/limit", "/stream"}
    site.stream.goes_on()

    site.edit("app.py", "openapi_url=", "openapi_url=1 / 0 or ")
    site.server.until("ZeroDivisionError")
    assert site.get("/hello") == "hello"
    site.stream.goes_on()

    factory = 'def create_app():\n    app = FastAPI(openapi_url="/new")\n    return app\n\n\n'
    factory += "app = create_app()"
    site.edit("app.py", 'app = FastAPI(openapi_url=1 / 0 or "/schema")', factory)
    site.until("/schema", 404)
    site.edit(
        "app.py", "    return app\n", "    app.get('/more')(lambda: 'more')\n    return app\n"
    )
    site.until("/more", "more")
    assert site.get("/hello") == "hello"
    site.stream.goes_on()

    assert site.get("/pid") == pid
