"""The server: two faces, the slices below them, and what assembles them."""
