"""The face for people: pages of the vendor's cabinet, one file per noun."""
