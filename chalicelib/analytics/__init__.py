"""Figures for people who look after the platform."""
