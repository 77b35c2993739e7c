"""The item model: what is learned in batch from everybody's watching."""
