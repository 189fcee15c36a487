"""Pages that a browser shows: their templates, stylesheets and modules."""
