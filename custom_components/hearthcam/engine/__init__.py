"""The engine: all media work, in a process of its own, free of Home Assistant."""
