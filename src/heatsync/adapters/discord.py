"""discord.py: cogs that bots have loaded get the commands and listeners of their edited class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from heatsync import adapters
from heatsync.adapters import METHODS, Renewed, instances, loaded

_COGS = "discord.ext.commands.cog"


class Adapter(adapters.Adapter):
    """A cog has copies of the commands of its class, which are bound to it and in the bot's tables."""

    def takes_methods(self, cls: type, methods: Mapping[str, Sequence[str]]) -> bool:
        return isinstance(cls, loaded(_COGS, "CogMeta")) and all(
            METHODS.issuperset(decorators) and not name.startswith(("__", "cog_", "bot_"))
            for name, decorators in methods.items()
        )

    def renewed(self, renewed: Sequence[Renewed]) -> Iterable[object]:
        meta = loaded(_COGS, "CogMeta")
        cogs = [one for one in renewed if one.made is not None and isinstance(one.thing, meta)]
        bots = instances(loaded("discord.ext.commands.bot", "BotBase")) if cogs else []
        for one in cogs:
            for bot in bots:
                for cog in list(bot.cogs.values()):
                    if type(cog) is one.thing:
                        self._renew(bot, cog, one.before)
        return ()

    def _renew(self, bot: Any, cog: Any, before: Mapping[str, Any]) -> None:
        self._protect(bot, cog)
        guilds = _take_out(bot, cog, before["__cog_listeners__"])
        _give_commands(cog)
        for command in cog.__cog_commands__:
            command.cog = cog
            if command.parent is None:
                bot.add_command(command)
        for event, method in cog.__cog_listeners__:
            bot.add_listener(getattr(cog, method), event)
        for command in () if cog.__cog_app_commands_group__ else cog.__cog_app_commands__:
            for words in guilds or [{}]:
                bot.tree.add_command(command, override=True, **words)

    def _protect(self, bot: Any, cog: Any) -> None:
        """Remembers all that the bot and the cog are about to change."""
        tree = bot.tree
        tables = [bot.all_commands, bot.extra_events, tree._global_commands, tree._guild_commands]
        nested = [*bot.extra_events.values(), *tree._guild_commands.values()]
        for thing in (cog, *tables, *nested):
            self.journal.protect(thing)


def _take_out(bot: Any, cog: Any, listeners: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Takes what a cog has registered out of its bot; gives in which guilds that was."""
    for command in cog.__cog_commands__:
        vars(cog).pop(command.callback.__name__, None)
        if command.parent is None:
            bot.remove_command(command.name)
    for event, method in listeners:
        bound = bot.extra_events.get(event, [])
        bound[:] = [
            f for f in bound if getattr(f, "__self__", None) is not cog or f.__name__ != method
        ]
    guilds: dict[int, dict[str, Any]] = {}
    for command in () if cog.__cog_app_commands_group__ else cog.__cog_app_commands__:
        vars(cog).pop(command._attr or "", None)
        bot.tree.remove_command(command.name)
        for number, commands in bot.tree._guild_commands.items():
            if commands.get(command.name) is command:
                del commands[command.name]
                guilds[number] = {"guild": loaded("discord.object", "Object")(id=number)}
    return list(guilds.values())


def _give_commands(cog: Any) -> None:
    """Gives a cog what a new one of its class has: copies of the commands, bound to itself."""
    fresh = loaded(_COGS, "Cog").__new__(type(cog))
    group = fresh.__cog_app_commands_group__
    waiting = [*([group] if group else []), *fresh.__cog_app_commands__]
    waiting += [getattr(command, "app_command", None) for command in fresh.__cog_commands__]
    while waiting:
        command = waiting.pop()
        if getattr(command, "binding", None) is fresh:
            command.binding = cog
        waiting.extend(getattr(command, "_children", {}).values())
    if fresh.__discord_app_commands_error_handler__ is not None:
        fresh.__discord_app_commands_error_handler__ = cog.cog_app_command_error
    vars(cog).update(vars(fresh))
