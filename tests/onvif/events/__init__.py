"""Tests of what cameras report."""
