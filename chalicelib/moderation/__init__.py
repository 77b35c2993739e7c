"""Reports, the cases they make, decisions, and the checking of the audit log."""
