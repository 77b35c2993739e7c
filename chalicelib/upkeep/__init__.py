"""What keeps the house in order: copies of people's data, erasure, retention."""
