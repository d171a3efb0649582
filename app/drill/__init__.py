"""Rehearsals of a disaster: on a server made for it, and with a real backup."""
