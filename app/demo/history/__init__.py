"""A vendor with a year behind it: made up from a seed, lived through by the real verbs."""
