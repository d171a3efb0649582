"""What an installer calls: offers, agreements, downloads, install reports."""
