"""Demo data for a first look, and the whole main job told by real processes."""
