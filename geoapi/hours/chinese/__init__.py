"""Opening hours as people write them in Chinese: letters → tokens → clauses → rules."""
