"""Plots of the report: each function returns one inline SVG."""
