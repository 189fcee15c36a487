"""The client of OpenRouter: its transport, and the pure functions that decide what a reply means."""
