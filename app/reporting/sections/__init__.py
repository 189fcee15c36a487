"""Sections of the report, in the order of their page: each function returns one section's markup."""
