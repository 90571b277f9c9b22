"""Changes to one station: what managers and administrators do, and what workers report."""
