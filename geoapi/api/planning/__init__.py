"""Planners' routes: coverage, gaps, sites, longer hours, supply, targets and what-if.

parameters   what every one of them takes, and the question it makes
method       how an answer came about, said in every answer
measures     figures of coverage as answers carry them
formats      the same answers as tables: CSV, XLSX, GeoPackage, GeoJSON
"""
