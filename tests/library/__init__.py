"""The clip library, without Home Assistant."""
