"""Tests of privacy zones in pictures and streams."""
