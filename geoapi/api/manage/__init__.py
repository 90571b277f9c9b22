"""What managers and administrators see and decide: /v1/manage."""
