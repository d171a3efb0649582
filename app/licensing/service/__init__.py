"""What can be done with keys, their rights and their seats."""
