"""Waiting for what must come, however slow the machine: only a failure takes the whole time."""

import queue
import threading
import time

PATIENCE = 60  # seconds


def until(come):
    """Until something holds."""
    limit = time.monotonic() + PATIENCE
    while not come():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.002)


def settle(sync):
    """Until all that was saved so far has been told of, and dealt with.

    What the watcher knows is looked at for it, as no time that one could wait is long enough.
    """
    until(lambda: _all_is_done(sync))


def _all_is_done(sync):
    watcher, looked = sync._watcher, queue.SimpleQueue()
    touched = watcher._touched

    def telling(files):
        touched(files)
        looked.put(_nothing_is_left(sync))

    with watcher._lock:
        watcher._look_at(list(watcher._polled), time.monotonic())
        if not _nothing_is_left(sync):
            watcher._events.wake()
            return False
        # It may be at work on what it took, so it is sent round once more.
        watcher._touched = telling
        watcher.tell_again([next(iter(watcher._files))], 0)
    try:
        return looked.get(timeout=PATIENCE)
    finally:
        watcher._touched = touched


def _nothing_is_left(sync):
    watcher = sync._watcher
    watcher.moment()  # the kernel's own list of what happened is read to its end
    return not (watcher._burst.files or watcher._again or sync._applying._pending)


class Lines(list):
    """A list that can be waited for to get more."""

    def __init__(self):
        super().__init__()
        self._came = threading.Condition()

    def append(self, entry):
        with self._came:
            super().append(entry)
            self._came.notify_all()

    def wait_for(self, entry, many=1):
        with self._came:
            assert self._came.wait_for(lambda: self[:].count(entry) >= many, PATIENCE), self
