"""A bot of discord.py, offline: commands, cogs, listeners and its tree of app commands."""

from __future__ import annotations

import asyncio
import sys

import pytest

from libraries import Library, needs

discord = Library("discord")
pytestmark = needs("discord.ext.commands")

BOT = """
import discord
from discord import app_commands
from discord.ext import commands
bot = commands.Bot("!", intents=discord.Intents.none())
SAID = []
@bot.command(aliases=["hi"])
async def hello(ctx, name: str = "you"): return f"hello {name}"
@bot.command()
async def bye(ctx): return "bye"
@bot.tree.command(description="answers")
async def ping(interaction): return "pong"
@bot.event
async def on_ready(): SAID.append("ready")
@bot.listen("on_message")
async def heard(message): SAID.append(message)
@bot.group()
async def admin(ctx): return "admin"
@admin.command()
async def ban(ctx): return "ban"
"""


def call(command, *words):
    return asyncio.run(command.callback(None, *words))


@pytest.fixture
def app(project):
    project.write({"app.py": BOT})
    return project.load("app")


def names(bot):
    return sorted(bot.all_commands)


def test_a_command(project, app):
    bot = app.bot
    assert call(bot.get_command("hello"), "Ann") == "hello Ann"
    project.edit("app.py", "hello {name}", "good morning {name}")
    assert project.refresh() == ["patch app.hello"]
    assert call(bot.get_command("hello"), "Ann") == "good morning Ann"

    project.edit("app.py", 'name: str = "you"', "name: int = 3")
    assert project.refresh() == ["run app.hello"]
    assert names(bot) == ["admin", "bye", "hello", "help", "hi"]
    assert bot.get_command("hi") is bot.get_command("hello") is app.hello
    assert app.hello.clean_params["name"].annotation is int

    project.edit("app.py", '["hi"]', '["hey"]')
    assert project.refresh() == ["run app.hello"]
    assert names(bot) == ["admin", "bye", "hello", "help", "hey"]


def test_a_command_renamed_and_removed(project, app):
    bot = app.bot
    project.edit("app.py", "def bye", "def farewell")
    project.refresh()
    assert names(bot) == ["admin", "farewell", "hello", "help", "hi"]
    project.edit("app.py", '@bot.command()\nasync def farewell(ctx): return "bye"\n', "")
    assert project.refresh() == ["drop app.farewell"]
    assert names(bot) == ["admin", "hello", "help", "hi"]


def test_a_group(project, app):
    bot = app.bot
    project.edit("app.py", 'return "ban"', 'return "banned"')
    assert project.refresh() == ["patch app.ban"]
    assert call(bot.get_command("admin ban")) == "banned"
    project.edit("app.py", "@admin.command()", '@admin.command("kick")')
    assert project.refresh() == ["run app.ban"]
    assert sorted(bot.get_command("admin").all_commands) == ["kick"]
    project.edit("app.py", "@bot.group()", '@bot.group("root")')
    project.refresh()
    assert "admin" not in bot.all_commands
    assert call(bot.get_command("root kick")) == "banned"


def test_the_tree_of_app_commands(project, app):
    tree = app.bot.tree
    project.edit("app.py", "pong", "PONG")
    assert project.refresh() == ["patch app.ping"]
    assert call(tree.get_command("ping")) == "PONG"

    project.edit("app.py", '"answers"', '"answers at once"')
    assert project.refresh() == ["run app.ping"]
    assert [c.description for c in tree.get_commands()] == ["answers at once"]
    assert tree.get_command("ping") is app.ping

    project.edit(
        "app.py",
        '@bot.tree.command(description="answers at once")\nasync def ping(interaction): return "PONG"\n',
        "",
    )
    assert project.refresh() == ["drop app.ping"]
    assert tree.get_commands() == []


def test_events_and_listeners(project, app):
    bot = app.bot

    async def by_hand(message):
        app.SAID.append("by hand")

    bot.add_listener(by_hand, "on_message")
    project.edit("app.py", "heard(message):", "heard(message, extra=1):")
    assert project.refresh() == ["run app.heard"]
    assert bot.extra_events["on_message"] == [app.heard, by_hand]
    project.edit("app.py", '@bot.listen("on_message")', '@bot.listen("on_typing")')
    project.refresh()
    assert bot.extra_events["on_message"] == [by_hand]
    assert bot.extra_events["on_typing"] == [app.heard]

    project.edit("app.py", 'append("ready")', 'append("set")')
    project.refresh()
    asyncio.run(bot.on_ready())
    assert app.SAID == ["set"]


COG = """
import discord
from discord import app_commands
from discord.ext import commands, tasks
class Greeting(commands.Cog):
    def __init__(self, bot):
        self.bot = bot
        self.count = 0
    @commands.command()
    async def greet(self, ctx, name: str = "you"):
        self.count += 1
        return f"hello {name} {self.count}"
    @commands.Cog.listener()
    async def on_message(self, message): return "heard"
    @app_commands.command(description="answers")
    async def ping(self, interaction): return f"pong {self.count}"
    def helper(self): return 1
async def setup(bot):
    await bot.add_cog(Greeting(bot))
"""


@pytest.fixture
def bot(project):
    project.write({"greeting.py": COG})
    bot = discord.ext.commands.Bot("!", intents=discord.Intents.none())
    asyncio.run(bot.load_extension("greeting"))
    return bot


def invoke(bot, name, *words):
    command = bot.get_command(name)
    return asyncio.run(command.callback(command.cog, None, *words))


def test_a_command_of_a_cog(project, bot):
    cog = bot.cogs["Greeting"]
    assert invoke(bot, "greet") == "hello you 1"
    project.edit("greeting.py", "hello {name}", "hi {name}")
    assert project.refresh() == ["patch greeting.Greeting.greet"]
    assert invoke(bot, "greet") == "hi you 2"

    project.edit("greeting.py", 'name: str = "you"', 'name: str = "all"')
    project.refresh()
    assert bot.cogs["Greeting"] is cog
    assert invoke(bot, "greet") == "hi all 3"

    project.edit("greeting.py", "@commands.command()", '@commands.command(aliases=["g"])')
    project.refresh()
    assert sorted(bot.all_commands) == ["g", "greet", "help"]
    assert invoke(bot, "g") == "hi all 4"
    assert bot.get_command("g").cog is cog


def test_commands_of_a_cog_are_added_renamed_and_removed(project, bot):
    cog = bot.cogs["Greeting"]
    project.edit(
        "greeting.py",
        "    def helper",
        "    @commands.command()\n    async def more(self, ctx): return self.helper()\n    def helper",
    )
    project.refresh()
    assert invoke(bot, "more") == 1
    assert sorted(c.name for c in cog.get_commands()) == ["greet", "more"]
    assert type(cog) is sys.modules["greeting"].Greeting

    project.edit("greeting.py", "async def more", "async def less")
    project.refresh()
    assert sorted(bot.all_commands) == ["greet", "help", "less"]
    assert invoke(bot, "less") == 1

    project.edit(
        "greeting.py",
        "    @commands.command()\n    async def less(self, ctx): return self.helper()\n",
        "",
    )
    project.refresh()
    assert sorted(bot.all_commands) == ["greet", "help"]


def test_listeners_and_app_commands_of_a_cog(project, bot):
    cog = bot.cogs["Greeting"]
    project.edit("greeting.py", 'return "heard"', 'return "seen"')
    assert project.refresh() == ["patch greeting.Greeting.on_message"]
    assert [asyncio.run(f(None)) for f in bot.extra_events["on_message"]] == ["seen"]

    project.edit("greeting.py", "on_message(self, message)", "on_message(self, message, x=1)")
    project.refresh()
    assert [asyncio.run(f(None)) for f in bot.extra_events["on_message"]] == ["seen"]

    project.edit("greeting.py", "async def on_message", "async def on_typing")
    project.refresh()
    assert not bot.extra_events.get("on_message")
    assert len(bot.extra_events["on_typing"]) == 1

    project.edit("greeting.py", '"answers"', '"answers at once"')
    project.refresh()
    ping = bot.tree.get_command("ping")
    assert ping.description == "answers at once"
    assert asyncio.run(ping.callback(cog, None)) == "pong 0"
    assert len(bot.tree.get_commands()) == 1


def test_a_helper_of_a_cog(project, bot):
    cog = bot.cogs["Greeting"]
    project.edit("greeting.py", "def helper(self): return 1", "def helper(self, x=2): return x")
    project.refresh()
    assert cog.helper() == 2
    assert bot.cogs["Greeting"] is cog
    assert invoke(bot, "greet") == "hello you 1"


def test_a_failed_batch_leaves_a_cog_as_it_was(project, bot):
    cog = bot.cogs["Greeting"]
    project.edit("greeting.py", "@commands.command()", '@commands.command(name="other")')
    project.write({"greeting.py": project.read("greeting.py") + "raise ValueError\n"})
    project.fail()
    assert sorted(bot.all_commands) == ["greet", "help"]
    assert invoke(bot, "greet") == "hello you 1"
    assert bot.get_command("greet").cog is cog
    assert [c.name for c in cog.get_commands()] == ["greet"]


def test_a_loop_of_a_cog(project):
    project.write(
        {
            "loops.py": """
        from discord.ext import tasks
        SEEN = []
        @tasks.loop(seconds=5)
        async def tick(): SEEN.append("old")
        """
        }
    )
    loops = project.load("loops")
    loop = loops.tick
    project.edit("loops.py", '"old"', '"new"')
    assert project.refresh() == ["patch loops.tick"]
    asyncio.run(loop())
    assert loops.SEEN == ["new"]
