"""Routes for the vendor's automation: one file per noun."""
