"""What must stay exact whatever dies meanwhile."""
