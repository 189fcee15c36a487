"""A simulated OpenRouter with faults. Everything it says is labelled SIMULATED."""
