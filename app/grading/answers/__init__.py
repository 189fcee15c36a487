"""What a model answered: from its text to marks, criteria or letters."""
