"""Writes the files that are made from the program: `make docs`. A test compares each file with its source."""
