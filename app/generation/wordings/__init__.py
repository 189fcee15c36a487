"""What the words of a stem or an option may not say, a table for each language: sources, other options, absolutes."""
