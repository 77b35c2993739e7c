"""A world of viewers and videos in which several ways to choose a feed are compared."""
