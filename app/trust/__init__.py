"""Trust: one repository of signed metadata per vendor, its keys and its roots."""
