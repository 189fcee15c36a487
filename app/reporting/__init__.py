"""Results of marking for people: agreement, review queue, exports, the report."""
