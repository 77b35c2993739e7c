"""Clipwave: the API, the domain packages and the platform below them."""
