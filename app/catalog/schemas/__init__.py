"""Shapes of the catalogue: commands, and rules as JSON has them."""
