"""The planners' report: the answers in, one HTML page out. Pure: no database, no HTTP, no files written.

inputs        what a report is made of
render        the page, section by section
policy        what a browser has to allow to show it
sources       what it draws, and whose that is
sections/…    what each section shows, worked out from the answers
words         everything the page says, in both languages
figures       numbers, dates and distances as people write them
text          what data may put into a page, and how elements are written
projection    degrees to the map's pixels, and outlines as paths
basemap, maps what the maps are drawn of
scales        classes and colours
charts        the curve of what sites add
"""

from geoapi.report.inputs import Boundary, Dot, ReportInputs
from geoapi.report.render import render_report

__all__ = ["Boundary", "Dot", "ReportInputs", "render_report"]
