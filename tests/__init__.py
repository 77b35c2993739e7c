"""Tests at four heights: unit, component, local (the deployed stack), e2e (the browser)."""
