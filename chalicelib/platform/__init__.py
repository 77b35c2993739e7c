"""Everything that touches the outside world; imports no domain package."""
