"""Who has no open station within reach, and where the next ones go. Arrays in, results out: no I/O.

inputs       demand points and stations, as arrays
straight     reach by straight line × detour factor
measure      who is covered and how far the others walk, at every instant
runners      who works it out: this process, a pool of them, a Dask cluster
tile_cache   what was worked out before
statistics   percentile, worst-served decile, Gini, from a histogram
figures, open_sets, tiles, nearest_straight   the steps of measure
"""
