"""Likes and watching, counted exactly."""
