"""What is said of marks to people: agreement, review queue, exports, the report."""
