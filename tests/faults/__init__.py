"""Kills, stalls and cut connections."""
