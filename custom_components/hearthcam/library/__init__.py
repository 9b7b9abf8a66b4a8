"""The library: the index of clips, and the rules that keep it true."""
