"""The command line `podkluch`: one file per noun."""
