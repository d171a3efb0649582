"""What every slice stands on; no business word lives here."""
