"""A real Home Assistant and a real browser."""
