"""What seeding is made of: people, their posts, their watching."""
