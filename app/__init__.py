"""The server: two faces, the slices below them, and what assembles them."""

__version__ = "0.1.0"
