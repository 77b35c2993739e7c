"""Runs LocalStack's Lambda execution environments as processes of the host."""
