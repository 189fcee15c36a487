"""Reading documents: from an uploaded file to the text of its pages."""
