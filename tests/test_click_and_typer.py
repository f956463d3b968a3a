"""Command lines of click and typer whose commands, groups and options are edited."""

from __future__ import annotations

import sys

import pytest

CLICK = {
    "cli.py": """
        import click
        @click.group()
        @click.option("--loud", is_flag=True)
        @click.pass_context
        def main(ctx, loud): ctx.obj = loud
        @main.group("db")
        def database(): pass
        """,
    "commands.py": """
        import click
        from cli import main, database
        def shared(function): return click.option("--times", default=1)(function)
        @main.command()
        @shared
        @click.argument("name")
        @click.pass_obj
        def greet(loud, name, times): click.echo(f"hello {name}{'!' * loud}" * times)
        @database.command("init")
        def initialise(): click.echo("ready")
        """,
}


@pytest.fixture
def run():
    testing = pytest.importorskip("click.testing")
    return lambda main, *words: testing.CliRunner().invoke(main, words, prog_name="main").output


@pytest.fixture
def main(project):
    pytest.importorskip("click")
    project.write(CLICK)
    project.load("commands")
    return sys.modules["cli"].main


def test_bodies_and_options_of_click(project, main, run):
    assert run(main, "greet", "Ann") == "hello Ann\n"
    project.edit("commands.py", "hello {name}", "hi {name}")
    project.refresh()
    assert run(main, "--loud", "greet", "Ann") == "hi Ann!\n"

    project.edit(
        "commands.py",
        '@click.argument("name")',
        '@click.argument("name")\n@click.option("--mark", default=".")',
    )
    project.edit("commands.py", "name, times):", "name, times, mark):")
    project.edit("commands.py", "{'!' * loud}", "{mark}")
    assert project.refresh() == ["run commands.greet"]
    assert run(main, "greet", "Ann", "--mark", "?") == "hi Ann?\n"
    assert "--mark" in run(main, "greet", "--help")

    project.edit("commands.py", "default=1", "default=2")
    project.refresh()
    assert run(main, "greet", "Ann") == "hi Ann.hi Ann.\n"


def test_commands_of_click_renamed_and_removed(project, main, run):
    project.edit("commands.py", "def greet", "def welcome")
    project.refresh()
    assert list(main.commands) == ["db", "welcome"]
    assert run(main, "welcome", "Ann") == "hello Ann\n"

    project.edit("commands.py", '"init"', '"create"')
    assert project.refresh() == ["run commands.initialise"]
    assert run(main, "db", "create") == "ready\n"
    assert "No such command" in run(main, "db", "init")

    project.edit(
        "commands.py", '@database.command("create")\ndef initialise(): click.echo("ready")\n', ""
    )
    project.refresh()
    assert list(main.commands["db"].commands) == []


def test_a_group_of_click_is_edited(project, main, run):
    project.edit("cli.py", '"--loud", is_flag=True', '"--loud/--quiet", default=True')
    project.refresh()
    main = sys.modules["cli"].main
    assert run(main, "greet", "Ann") == "hello Ann!\n"
    assert run(main, "--quiet", "greet", "Ann") == "hello Ann\n"
    assert run(main, "db", "init") == "ready\n"

    project.edit("cli.py", '@main.group("db")', '@main.group("data")')
    project.refresh()
    main = sys.modules["cli"].main
    assert sorted(main.commands) == ["data", "greet"]
    assert run(main, "data", "init") == "ready\n"


TYPER = {
    "users.py": """
        import typer
        app = typer.Typer()
        @app.command()
        def create(name: str, admin: bool = False): print("created", name, admin)
        @app.command("delete")
        def remove(name: str): print("removed", name)
        """,
    "main.py": """
        import typer
        import users
        app = typer.Typer()
        app.add_typer(users.app, name="users")
        @app.callback()
        def setup(verbose: bool = False): pass
        @app.command()
        def version(): print("1.0")
        """,
}


@pytest.fixture
def typed(project):
    testing = pytest.importorskip("typer.testing")
    project.write(TYPER)
    app = project.load("main").app
    return app, lambda *words: testing.CliRunner().invoke(app, words, prog_name="main").output


def test_typer(project, typed):
    _, run = typed
    assert run("users", "create", "Ann") == "created Ann False\n"
    project.edit("users.py", '"created"', '"made"')
    assert project.refresh() == ["patch users.create"]
    assert run("users", "create", "Ann", "--admin") == "made Ann True\n"

    project.edit("users.py", "admin: bool = False", "level: int = 3")
    project.edit("users.py", "name, admin)", "name, level)")
    project.refresh()
    assert run("users", "create", "Ann", "--level", "4") == "made Ann 4\n"

    project.edit("users.py", '@app.command("delete")', '@app.command("drop")')
    project.refresh()
    assert "removed Ann" in run("users", "drop", "Ann")
    assert "No such command" in run("users", "delete", "Ann")

    project.edit("main.py", 'name="users"', 'name="people"')
    project.refresh()
    assert run("people", "create", "Ann") == "made Ann 3\n"
    assert "No such command" in run("users", "create", "Ann")


def test_commands_of_typer_removed_and_a_callback_edited(project, typed):
    app, run = typed
    project.edit("main.py", '@app.command()\ndef version(): print("1.0")\n', "")
    assert project.refresh() == ["drop main.version"]
    assert "No such command" in run("version")
    assert not app.registered_commands

    project.edit(
        "main.py",
        "def setup(verbose: bool = False): pass",
        "def setup(loud: bool = False): print(loud)",
    )
    project.refresh()
    assert run("--loud", "users", "create", "Ann") == "True\ncreated Ann False\n"


def test_the_docstring_of_a_command_is_its_help(project, main, run):
    project.edit("commands.py", "times): click", 'times):\n    "Says hello."\n    click')
    project.refresh()
    assert "Says hello." in run(main, "greet", "--help")

    project.edit("commands.py", "Says hello.", "Greets.")

    assert project.refresh() == ["rerun commands.greet"]
    assert "Greets." in run(main, "greet", "--help")
    assert run(main, "greet", "Ann") == "hello Ann\n"
