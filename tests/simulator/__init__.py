"""A camera for tests and the demo."""
