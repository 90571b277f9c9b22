"""The worker's page in a real browser."""
