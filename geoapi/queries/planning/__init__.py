"""Planners' questions: what they are about, fetched as arrays, and worked out by `geoapi.coverage`.

areas       a district, city or street, its parts, and which part each finest district belongs to
demand      a demand layer's points in an area, or the area's own grid
moments     one time, or the 168 hours of a week, by the clocks of the place
supply      stations with their states at those moments
networks    walking networks
desk        what is kept between questions: caches, processes, and whose turn it is
"""
