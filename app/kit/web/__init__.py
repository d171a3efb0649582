"""What both HTML pages and problem pages share."""
