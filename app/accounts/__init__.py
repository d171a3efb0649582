"""Vendors: the tenants that own everything else."""
