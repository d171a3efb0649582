"""Copies of a server that survive it: taken while it runs, checked, restored."""
