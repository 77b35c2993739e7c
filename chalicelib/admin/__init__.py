"""What administrators start and look after."""
