"""Event-driven Lambda functions, one module per stream of events."""
