"""What support writes down: a case was opened, a note, the end of a case, a case as a file."""
