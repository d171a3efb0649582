"""The story of one subject: what stands in the way now, and everything that happened."""
