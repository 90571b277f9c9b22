"""Demand in: files of where people are → named layers of weighted points, each in one transaction.

mapping      what a demand mapping may say
tables       CSV, XLSX, JSON, GeoJSON and Parquet as rows
parquet      Parquet and GeoParquet as rows
points       rows → points with a weight, or H3 cells, and why a row is neither
areas        totals by polygon or district → points
raster       a GeoTIFF's cells → points
place        coordinates → WGS-84, and what they say of the datum
districts    which district each point lies in; again when districts change
record       a layer on record; the same layer again changes nothing
load         the whole use case; report is what it answers
from_demand  districts made of a layer's own cells, where no boundaries are at hand
"""
