"""Writing multiple-choice questions from the text of a document, and checking them."""
