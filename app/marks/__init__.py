"""What a mark is, and what marks say about their marker. Pure: no I/O, no clock."""
