"""Tables as files: CSV, XLSX, GeoPackage and GeoJSON. Sheets in, bytes out: no database, no HTTP.

sheets        a table: columns with headings in both languages, rows, and shapes where it has any
cells         what a cell may hold, and text that no spreadsheet takes for a formula
columns       the columns of planners' answers
answers       a planner's answer as sheets
method_sheet  how the answer came about, as a sheet
write_*       sheets as bytes, one module per format
files         the writers by the name of their format
"""
