"""What a finished test becomes: a printed paper, a file for another system, statistics of its questions."""
