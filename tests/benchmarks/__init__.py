"""The figures of docs/figures.md: `make bench`, or `python -m tests.benchmarks [--quick]`.

databases   the sample city and a sample country, filled by our own commands
questions   what is asked of the service, of pgbench and of plain KNN
pgbench     a statement by itself
servers     the service and a bare route, each on one core
generator   load from a process of its own, closed and open loop
hours_rate  texts of hours read and evaluated
figures     the table, and what was to be reached
"""
