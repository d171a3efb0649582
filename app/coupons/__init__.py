"""Coupons: ordered typed operations on a key, sold or given away."""
