"""Tests of the motion detector."""
