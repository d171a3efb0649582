"""COM to 1C: the only package that speaks it, and the child process that holds it."""
