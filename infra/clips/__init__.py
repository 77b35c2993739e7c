"""Short sample clips, made from nothing but ffmpeg's filters and Pillow's brushes."""
