"""Where things are: points, boxes, datums, districts. Pure arithmetic; nothing here knows a database.

    datums      WGS-84, GCJ-02, BD-09 and EPSG codes: there and back
    points      is this a position at all?
    boxes       longitude/latitude boxes, the antimeridian included
    districts   which polygon each point lies in
    evidence    what a file's points say about their datum
    distances   sphere against spheroid; minutes on foot
    gcj02, gcj02_area   the shifts' formulas, and where they apply

Points are lon/lat (x, y) in degrees; arrays are float64.
"""
