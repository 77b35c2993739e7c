"""What a video looks and sounds like, as numbers that survive editing."""

MAX_DISTANCE = 10  # of 64 bits, between the hashes of frames that show the same
