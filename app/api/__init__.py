"""The face for programs: authentication, then one file per noun of the path."""
