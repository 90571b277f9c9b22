"""Who has no open station within reach, and where the next ones go. Arrays in, results out: no I/O.

inputs        demand points and stations, as arrays
limit         how far is within reach
grid, apportion            demand where none is loaded; totals shared out over points
straight                   reach by straight line × detour factor
network, snapping, walk    reach along a walking network
pairs         how many pairs are within reach: what a question will cost
measure       who is covered and how far the others walk, at every instant
              (figures, open_sets, tiles, nearest_straight, nearest_model, area_sums, statistics: its steps)
runners       who works it out: this process, a pool of them, a Dask cluster
tile_cache    what was worked out before
served        which points have an open station within the limit
nearest_place how far the nearest of some places is, and which
gaps          connected uncovered ground, most people first (cell_shapes: the ground of points)
sites         where the next ones go; exact_sites proves it (site_programme, site_bounds: its steps)
candidates    which places are weighed
extensions    which stations, open longer, would cover most (blocks: the hours that are tried)
catchment     supply against demand (E2SFCA)
week_text     hours of a week in words
"""
