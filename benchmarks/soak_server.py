"""The live program of the soak: a server under uvicorn and a pool of threads, told to nobody's harm.

Run by soak.py. Everything that escapes, on whatever way, is noted and given at /stats.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import socket
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import uvicorn

from heatsync import Heatsync, Report

PAGE = os.sysconf("SC_PAGE_SIZE")


class Seen:
    """What happened in this process."""

    def __init__(self) -> None:
        self.escaped: list[str] = []
        self.reports = self.failed = self.jobs = self.requests = 0
        self.seconds: list[float] = []
        self.stop = threading.Event()

    def escape(self, where: str, error: BaseException | None) -> None:
        told = "".join(traceback.format_exception(error)) if error else "?"
        self.escaped.append(f"{where}: {told}")

    def after(self, report: Report) -> None:
        self.reports += 1
        self.failed += report.error is not None
        self.seconds.append(report.seconds)
        del self.seconds[:-1000]

    def catch_all(self) -> None:
        sys.excepthook = lambda kind, error, trace: self.escape("main", error)
        threading.excepthook = lambda args: self.escape("thread", args.exc_value)
        sys.unraisablehook = lambda args: self.escape("unraisable", args.exc_value)
        handler = logging.Handler(logging.ERROR)
        handler.emit = lambda record: self.escaped.append(  # type: ignore[method-assign]
            f"log {record.name}: {record.getMessage()} {record.exc_text or record.exc_info}"
        )
        logging.getLogger().addHandler(handler)

    def told(self, views: Any, sync: Heatsync) -> dict[str, Any]:
        # The last hundred reports keep their errors, with all the frames of them: a thousand for
        # one that recursed without end, and of those it is chance how many there are.
        sync._telling.history.clear()
        gc.collect()
        with open("/proc/self/statm", encoding="ascii") as statm:
            memory = int(statm.read().split()[1]) * PAGE
        return {
            "escaped": self.escaped,
            "reports": self.reports,
            "failed": self.failed,
            "jobs": self.jobs,
            "requests": self.requests,
            "slowest": max(self.seconds, default=0),
            "median": sorted(self.seconds)[len(self.seconds) // 2] if self.seconds else 0,
            "memory": memory,
            "objects": len(gc.get_objects()),
            "threads": threading.active_count(),
            "handles": len(os.listdir("/proc/self/fd")),
            "served": views.COUNTS["served"],
        }


def work(views: Any, seen: Seen) -> None:
    """One thread of the pool: calls the live code for as long as the server runs."""
    number = 0
    while not seen.stop.wait(0.005):
        number += 1
        try:
            views.answer(number)
            seen.jobs += 1
        except BaseException as error:
            seen.escape("job", error)


def application(views: Any, seen: Seen, sync: Heatsync) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        number = int(scope["query_string"] or b"0")
        seen.requests += 1
        if scope["path"] == "/stats":
            value = seen.told(views, sync)
        elif scope["path"] == "/pool":
            loop = asyncio.get_running_loop()
            value = await loop.run_in_executor(None, views.answer, number)
        else:
            value = await views.respond(number)
        body = json.dumps(value).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


async def main(folder: str) -> None:
    seen = Seen()
    seen.catch_all()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: seen.escape("loop", context.get("exception")))
    sys.path.insert(0, folder)
    async with Heatsync() as sync:
        sync.track(folder)
        sync.events.on("error", lambda error: None)
        sync.events.on("after", seen.after)
        import views  # type: ignore[import-not-found]

        listening = socket.create_server(("127.0.0.1", 0))
        app = application(views, seen, sync)
        config = uvicorn.Config(app, log_level="error", lifespan="off")
        with ThreadPoolExecutor(4) as pool:
            for _ in range(4):
                pool.submit(work, views, seen)
            print(listening.getsockname()[1], flush=True)
            try:
                await uvicorn.Server(config).serve([listening])
            finally:
                seen.stop.set()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
