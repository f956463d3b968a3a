"""What the watcher tells when directories come and go, and links lead elsewhere."""

from __future__ import annotations

import shutil

from watchers import NEVER

# Directories that come and go


def test_a_directory_deleted_and_made_again_is_watched_again(start, heard, file):
    start(file)

    for text in ("one", "two", "three"):
        shutil.rmtree(file.parent)
        file.parent.mkdir()
        file.write_text(text)
        heard.until(file, text=text)


def test_a_tree_deleted_and_made_again_is_watched_again(start, heard, tmp_path):
    file = tmp_path / "a" / "b" / "c" / "app.py"
    file.parent.mkdir(parents=True)
    file.write_text("old")
    start(file)

    shutil.rmtree(tmp_path / "a")
    heard.until(file)
    file.parent.mkdir(parents=True)
    file.write_text("new")
    heard.until(file, text="new")
    file.write_text("newer")

    heard.until(file, text="newer")


def test_a_directory_moved_away_and_back_is_watched_again(start, heard, tmp_path):
    file = tmp_path / "a" / "b" / "app.py"
    file.parent.mkdir(parents=True)
    file.write_text("old")
    start(file)

    (tmp_path / "a").rename(tmp_path / "away")
    heard.until(file)
    (tmp_path / "away" / "b" / "app.py").write_text("new")
    (tmp_path / "away").rename(tmp_path / "a")
    heard.until(file, text="new")
    file.write_text("newer")

    heard.until(file, text="newer")


def test_a_directory_replaced_by_another_is_watched_again(start, heard, file, tmp_path):
    start(file)
    (tmp_path / "next").mkdir()
    (tmp_path / "next" / "app.py").write_text("new")

    file.parent.rename(tmp_path / "previous")
    (tmp_path / "next").rename(file.parent)
    heard.until(file, text="new")
    file.write_text("newer")

    heard.until(file, text="newer")


# Links


def swap(link, target):
    temporary = link.with_name("temporary-link")
    temporary.symlink_to(target)
    temporary.replace(link)


def test_a_link_to_a_file_follows_its_target(start, heard, file, tmp_path):
    link = tmp_path / "link.py"
    link.symlink_to(file)
    start(link, debounce=NEVER)

    file.write_text("one")
    assert heard.next() == ({str(link)}, {str(link): "one"})

    file.with_name("temporary").write_text("two")
    file.with_name("temporary").replace(file)
    assert heard.next() == ({str(link)}, {str(link): "two"})


def test_a_link_to_a_file_may_be_swapped(start, heard, file, tmp_path):
    link, other = tmp_path / "link.py", tmp_path / "other" / "app.py"
    link.symlink_to(file)
    other.parent.mkdir()
    other.write_text("other")
    start(link, debounce=NEVER)

    swap(link, other)
    heard.until(link, text="other")
    other.write_text("newer")

    heard.until(link, text="newer")


def test_a_file_may_become_a_link(start, heard, file, tmp_path):
    other = tmp_path / "other.py"
    other.write_text("other")
    start(file)

    swap(file, other)
    heard.until(file, text="other")
    other.write_text("newer")

    heard.until(file, text="newer")


def test_a_link_to_a_directory_may_be_swapped(start, heard, tmp_path):
    for release in "12":
        (tmp_path / "releases" / release).mkdir(parents=True)
        (tmp_path / "releases" / release / "app.py").write_text(release)
    (tmp_path / "current").symlink_to("releases/1")
    file = tmp_path / "current" / "app.py"
    start(file, debounce=NEVER)

    swap(tmp_path / "current", "releases/2")
    heard.until(file, text="2")
    (tmp_path / "releases" / "2" / "app.py").write_text("newer")

    heard.until(file, text="newer")


def test_a_mounted_volume_of_settings_may_be_swapped(start, heard, tmp_path):
    for version in ("..v1", "..v2"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "settings.json").write_text(version)
    (tmp_path / "..data").symlink_to("..v1")
    file = tmp_path / "settings.json"
    file.symlink_to("..data/settings.json")
    start(file, debounce=NEVER)

    swap(tmp_path / "..data", "..v2")
    shutil.rmtree(tmp_path / "..v1")

    heard.until(file, text="..v2")


def test_links_in_a_circle_are_survived(start, heard, tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    file = tmp_path / "a" / "app.py"
    start(file)

    (tmp_path / "b").unlink()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "app.py").write_text("new")

    heard.until(file, text="new")
