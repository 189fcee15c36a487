"""Everything that talks to OpenRouter: one client, its transport, and the pure decisions it asks."""
