"""Any text, and any edit of any text, taken through the half of the engine that is pure."""
