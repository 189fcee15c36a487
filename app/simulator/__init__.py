"""A simulated OpenRouter with faults. It labels all its text SIMULATED."""
