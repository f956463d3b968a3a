"""Which files are not what is running, and what their modules are made of now."""
