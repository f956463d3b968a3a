"""Flask: applications serve on when their line is edited, and take in routes while they serve."""

from __future__ import annotations

from typing import Any

from heatsync import adapters
from heatsync.adapters import loaded

# An application's set-up is over with its first request, a blueprint's when an app takes it in.
_SEALS = ("_got_first_request", "_got_registered_once")
_FLAGS = ("DEBUG", "TESTING")


class Adapter(adapters.Adapter):
    """Opens what has to take in something."""

    def pours(self, thing: Any) -> bool:
        return isinstance(thing, loaded("flask.sansio.app", "App"))

    def poured(self, old: Any, new: Any) -> None:
        """What `app.run(debug=True)` and tests set from outside, they do not set again."""
        for name in _FLAGS:
            if old.config.get(name) and not new.config.get(name):
                self.journal.set_item(new.config, name, old.config[name])

    def reopen(self, target: Any) -> None:
        for seal in _SEALS:
            if vars(target).get(seal):
                self.journal.set_attribute(target, seal, False)
