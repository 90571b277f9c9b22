"""Who has no open station within reach, and where the next ones go. Arrays in, results out: no I/O.

inputs       demand points and stations, as arrays
straight     reach by straight line × detour factor
"""
