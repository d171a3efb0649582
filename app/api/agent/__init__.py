"""Routes of installer agents."""
