"""What operators see of a running program: log lines, metrics, traces. They hold no secret and no student's text."""
