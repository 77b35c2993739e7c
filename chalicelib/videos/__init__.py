"""Upload, and the life of a video from its first byte to the feed."""
