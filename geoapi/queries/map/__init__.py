"""What maps are drawn from: vector tiles, and what a page has to know to draw one."""
