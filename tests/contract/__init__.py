"""The whole document against the deployed stack."""
