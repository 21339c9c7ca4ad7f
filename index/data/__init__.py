"""Vendored data files of the index package."""
