"""Edits of small projects that between them make a reload do everything it can do."""

from edits.definitions import DEFINITIONS
from edits.projects import PROJECTS

EDITS = {**DEFINITIONS, **PROJECTS}
