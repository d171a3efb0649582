"""Reads behind offers and downloads: rights, the catalogue, and the pure decision."""
