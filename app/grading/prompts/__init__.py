"""Prompts: from templates and questions to the body of a request."""
