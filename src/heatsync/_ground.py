"""The directories that are watched for the sake of files."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, replace

from heatsync._events import Notice, Point, Tell, Watch, native


@dataclass(frozen=True)
class Trail:
    """Every name that decides what a path leads to: its directories, links, their targets, itself."""

    points: tuple[Point, ...] = ()
    near: tuple[str, ...] = ()  # where links, the first missing name and the last name stand
    end: str = ""  # the real path that was reached
    whole: bool = True  # whether something stands there

    def uses(self) -> set[Point | Watch]:
        watches = {Watch(directory, False) for directory, _ in self.points}
        return {*self.points, *watches, *(Watch(directory, True) for directory in self.near)}


NOWHERE = Trail()


def split(path: str) -> tuple[str, list[str]]:
    drive, rest = os.path.splitdrive(path)
    return drive + os.sep, rest.replace("/", os.sep).split(os.sep)


def follow(way: Trail, names: list[str]) -> Trail:
    """Go on from the end of a way, through links, as far as something stands there."""
    points, near, at, links = [*way.points], way.near, way.end, 0
    todo = names[::-1]
    while todo:
        name = todo.pop()
        if name in ("", os.curdir, os.pardir):
            at = os.path.dirname(at) if name == os.pardir else at
            continue
        points.append((at, name))
        path = os.path.join(at, name)
        try:
            link = stat.S_ISLNK(os.lstat(path).st_mode)
            target = os.readlink(path) if link else ""
        except OSError:
            return Trail((*points,), (*near, at), path, False)
        if links > 40:  # a circle, to the kernel as well
            return Trail((*points,), (*near, at), path, False)
        if link:
            links, near = links + 1, (*near, at)
            at, names = split(os.path.join(at, target))
            todo += names[::-1]
        else:
            at = path
    return Trail((*points,), near, at)


class Ground:
    """The directories that are watched for the files, kept right as things move about."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._users: dict[Point | Watch, set[str]] = {}
        self._trails: dict[str, Trail] = {}
        self._ways: dict[str, Trail] = {}
        self.events = native(self._sift)

    def hold(self, file: str) -> str:
        """Watch all that decides what the file is; tell the real directory that it led to."""
        for _ in range(3):
            trail = self._trail(file)
            self._replace(file, trail)
            # What came while the watch was being set up was not told.
            if trail.whole or trail == self._trail(file):
                break
        return trail.near[-1]

    def release(self, file: str) -> None:
        self._replace(file, NOWHERE)
        self._trails.pop(file, None)

    def about(self, notice: Notice) -> set[str]:
        """The files that the notice is about; those whose way has moved are held no more."""
        point = (notice.directory, notice.name)
        key = point if notice.name else Watch(notice.directory, False)
        files = set(self._users.get(key, ()) if notice.directory else self._trails)
        if notice.moved:
            self._ways.clear()
            for file in files:
                if self._trails[file].points[-1:] != (point,):
                    self.release(file)
        return files

    def _sift(self, notice: Notice) -> None:
        if not notice.name or (notice.directory, notice.name) in self._users:
            self._tell(notice)

    def _trail(self, file: str) -> Trail:
        parent, name = os.path.split(file)
        way = self._ways.get(parent)
        if way is None:
            root, names = split(parent)
            way = follow(Trail(end=root), names)
            if not way.whole:
                return way
            self._ways[parent] = way
        trail = follow(way, [name])
        return replace(trail, near=(*trail.near, os.path.dirname(trail.end)))

    def _replace(self, file: str, new: Trail) -> None:
        old = self._trails.get(file, NOWHERE)
        if old == new:
            return
        before, after = old.uses(), new.uses()
        self._trails[file] = new
        try:
            for use in after - before:
                self._begin(use, file)
        except OSError:
            for use in before | after:
                self._end(use, file)
            self._trails[file] = NOWHERE
            raise
        for use in before - after:
            self._end(use, file)

    def _begin(self, use: Point | Watch, file: str) -> None:
        users = self._users.get(use)
        if users is None:
            if isinstance(use, Watch):
                self._open(use)
            users = self._users[use] = set()
        users.add(file)

    def _open(self, watch: Watch) -> None:
        try:
            self.events.open(watch)
        except PermissionError:
            if watch.content:
                raise
            # One may pass through a directory that one may not list; it will hardly move.

    def _end(self, use: Point | Watch, file: str) -> None:
        users = self._users.get(use)
        if users is None:
            return
        users.discard(file)
        if not users:
            del self._users[use]
            if isinstance(use, Watch):
                self.events.shut(use)
