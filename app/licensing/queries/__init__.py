"""Reads of keys and of what they give."""
