"""Scans as people have them, and the pages that models are shown."""
