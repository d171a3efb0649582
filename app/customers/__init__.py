"""A vendor's client companies."""
