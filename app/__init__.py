"""Secondmark: a second marker for exams."""

__version__ = "0.2.0"
