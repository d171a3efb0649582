"""Reads behind the story and behind the search for what somebody pasted."""
