"""The command `podkluch`, one file per noun."""
