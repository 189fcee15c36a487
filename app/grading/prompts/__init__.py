"""What a model is asked: from templates and questions to the body of a request."""
