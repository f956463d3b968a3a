"""The directories that are watched for the sake of files."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import NamedTuple

from heatsync._events import Events, Notice, Point, Watch


class Trail(NamedTuple):
    """Every name that decides what a path leads to: its directories, links, their targets, itself."""

    points: tuple[Point, ...] = ()
    near: tuple[str, ...] = ()  # where links, the first missing name and what was looked for stand
    end: str = ""  # the real path that was reached
    whole: bool = True  # whether something stands there
    inode: int = 0  # of a file that has other names besides

    def uses(self) -> set[Point | Watch]:
        names = {Watch(directory, False) for directory, _ in self.points}
        near = {Watch(at, what) for at in self.near for what in (True, False)}
        file = {Watch(self.end, True, self.inode)} if self.inode else set[Watch]()
        return {*self.points, *names, *near, *file}

    def near_to(self, directory: str) -> Trail:
        return self._replace(near=(*self.near, directory))


def split(path: str) -> tuple[str, list[str]]:
    drive, rest = os.path.splitdrive(path)
    return drive + os.sep, rest.replace("/", os.sep).split(os.sep)


def follow(start: str, names: list[str]) -> Trail:
    """Go on from a real directory, through links, as far as something stands there."""
    points: list[Point] = []
    near: tuple[str, ...] = ()
    at, links, inode = start, 0, 0
    todo = names[::-1]
    while todo:
        name = todo.pop()
        if name in ("", os.curdir, os.pardir):
            at = os.path.dirname(at) if name == os.pardir else at
            continue
        points.append((at, name))
        path = os.path.join(at, name)
        try:
            found = os.lstat(path)
            link = stat.S_ISLNK(found.st_mode)
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
            at, inode = path, found.st_ino if _has_names(found) else 0
    return Trail((*points,), near, at, True, inode)


class Way:
    """What leads to some files and is watched for them: to those of a folder, or to a single one."""

    def __init__(self, *files: str) -> None:
        self.files = {*files}
        self.trail = Trail()


class Ground:
    """The directories that are watched for the files, kept right as things move about.

    A file stands in a folder, and is found by its name there; so a folder's way is gone once for
    all of its files. One that is a link, or has several names, has a way of its own besides.
    """

    def __init__(self, events: Events) -> None:
        self._events = events
        self._folders: dict[str, Way] = {}
        self._single: dict[str, Way] = {}
        self._led_to: dict[str, set[str]] = {}  # by real directory, the folders that lead to it
        self._users: dict[Point | Watch, set[Way]] = {}

    def hold(self, file: str) -> str:
        """Watch all that decides what the file is; tell the real directory that it led to.

        Raises OSError, and then holds no part of it.
        """
        parent, name = os.path.split(file)
        folder = self._folders.get(parent) or self._open_folder(parent)
        folder.files.add(file)
        if not folder.trail.whole:
            return folder.trail.near[-1]
        if _is_plain(os.path.join(folder.trail.end, name)):
            if file in self._single:
                self._close(self._single.pop(file))
            return folder.trail.end
        try:
            return self._open_single(file, folder.trail.end, name)
        except OSError:
            self.release(file)
            raise

    def release(self, file: str) -> None:
        if file in self._single:
            self._close(self._single.pop(file))
        parent = os.path.dirname(file)
        folder = self._folders.get(parent)
        if folder is not None:
            folder.files.discard(file)
            if not folder.files:
                self._close_folder(parent)

    def about(self, notice: Notice) -> set[str]:
        """The files that the notice is about; those whose way has moved are held no more."""
        if not notice.directory:
            ways, files = {*self._folders.values()}, set[str]()
        else:
            point = (notice.directory, notice.name)
            ways = set(
                self._users.get(point if notice.name else Watch(notice.directory, False), ())
            )
            files = self._at(*point)
        files.update(*(way.files for way in ways))
        if notice.moved:
            for file in [file for way in ways for file in way.files]:
                self.release(file)
        return files

    def _at(self, directory: str, name: str) -> set[str]:
        """The files that are found by a name in a real directory."""
        folders = self._led_to.get(directory, ())
        found = {folder: os.path.join(folder, name) for folder in folders}
        return {file for folder, file in found.items() if file in self._folders[folder].files}

    def _open_folder(self, path: str) -> Way:
        def trail() -> Trail:
            found = follow(*split(path))
            return found.near_to(found.end) if found.whole else found

        way = self._folders[path] = Way()
        try:
            self._go(way, trail)
        except OSError:
            del self._folders[path]
            raise
        if way.trail.whole:
            self._led_to.setdefault(way.trail.end, set()).add(path)
        return way

    def _close_folder(self, path: str) -> None:
        way = self._folders.pop(path)
        folders = self._led_to.get(way.trail.end, set())
        folders.discard(path)
        if not folders:
            self._led_to.pop(way.trail.end, None)
        self._close(way)

    def _open_single(self, file: str, directory: str, name: str) -> str:
        def trail() -> Trail:
            found = follow(directory, [name])
            return found.near_to(os.path.dirname(found.end))

        way = self._single.setdefault(file, Way(file))
        self._go(way, trail)
        return way.trail.near[-1]

    def _go(self, way: Way, find: Callable[[], Trail]) -> None:
        for _ in range(3):
            trail = find()
            self._replace(way, trail)
            # What came while the watch was being set up was not told.
            if trail.whole or trail == find():
                break

    def _replace(self, way: Way, trail: Trail) -> None:
        before, after = way.trail.uses(), trail.uses()
        try:
            for use in after - before:
                self._begin(use, way)
        except OSError:
            for use in before | after:
                self._end(use, way)
            raise
        for use in before - after:
            self._end(use, way)
        way.trail = trail

    def _close(self, way: Way) -> None:
        for use in way.trail.uses():
            self._end(use, way)

    def _begin(self, use: Point | Watch, way: Way) -> None:
        users = self._users.get(use)
        if users is None:
            if isinstance(use, Watch):
                self._open(use)
            users = self._users[use] = set()
        users.add(way)

    def _open(self, watch: Watch) -> None:
        try:
            self._events.open(watch)
        except PermissionError:
            if watch.content:
                raise
            # One may pass through a directory that one may not list; it will hardly move.

    def _end(self, use: Point | Watch, way: Way) -> None:
        users = self._users.get(use)
        if users is None:
            return
        users.discard(way)
        if not users:
            del self._users[use]
            if isinstance(use, Watch):
                self._events.shut(use)


def _is_plain(path: str) -> bool:
    """Whether a file stands nowhere but there, or none does."""
    try:
        found = os.lstat(path)
    except OSError:
        return True
    return not stat.S_ISLNK(found.st_mode) and not _has_names(found)


def _has_names(found: os.stat_result) -> bool:
    """Whether it is a file that is written under other names, too: its directory tells of one."""
    return found.st_nlink > 1 and stat.S_ISREG(found.st_mode)
