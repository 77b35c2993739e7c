"""People, their sessions and what their roles allow."""
