"""What 1C is: pure functions and value objects, no I/O beyond the bytes they are handed."""
