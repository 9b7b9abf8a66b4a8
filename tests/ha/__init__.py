"""The Home Assistant half."""
