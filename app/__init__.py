"""Secondmark: a second marker for exams."""

__version__ = "0.1.0"
