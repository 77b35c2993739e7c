"""Measurements of speed and quality. They print tables and never assert times."""
