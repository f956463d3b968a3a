"""Greets John Doe every few seconds, with code that may be edited meanwhile."""

import contextlib
import os
import time

from heatsync import Heatsync

SECONDS = float(os.environ.get("GREETER_SECONDS", "3"))

sync = Heatsync()
test = sync.require("./scripts/test.py")  # the path is relative to this file


def main():
    while True:
        test.process("John Doe")
        time.sleep(SECONDS)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
