"""From a document to a checked multiple-choice test, and from there to what other systems load."""
