"""Licence keys, what they give, and the infobases they are bound to."""
