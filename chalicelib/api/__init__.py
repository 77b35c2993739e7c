"""HTTP only: one module per resource; what the routes are is declared, not wired by hand."""
