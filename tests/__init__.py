"""Tests of Hearthcam, grouped as the code is."""
