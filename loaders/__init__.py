"""Files in, stations out: read, check, stage, merge. Plain synchronous psycopg, one transaction a load.

mapping         what a mapping file may say
source_file     which reader a file needs; read_csv, read_xlsx, read_json
candidates      a row of the file → what it says of one station, or why it says nothing
positions       coordinates → WGS-84 points in districts, and what they say of the datum
staging, merge  into temporary tables, then into the tables of record (sql/)
near_duplicates names that are nearly the same, near each other
load            the whole use case; report is what it answers
quarantine      the rows that wait
districts       boundaries
demand          where people are: layers of weighted points (a package)
network         walking networks from OpenStreetMap extracts
targets         how many stations are planned
sample          the sample city
draft           a first mapping, from looking at a file
"""
