"""What can be done with repositories and keys; each file a part of it."""
