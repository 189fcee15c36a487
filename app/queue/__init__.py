"""Who works on what, and what is told of it: one launcher and one feed for everything that runs."""
