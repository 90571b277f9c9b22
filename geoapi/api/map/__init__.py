"""Maps over HTTP: vector tiles, what describes them, a style, and what a page needs to draw one."""
