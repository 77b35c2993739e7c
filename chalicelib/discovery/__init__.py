"""Finding videos, people, hashtags and sounds."""
