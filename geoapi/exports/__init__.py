"""Tables as files: CSV, XLSX, GeoPackage and GeoJSON. Sheets in, bytes out: no database, no HTTP."""
