"""Benchmarks of the main commands: `make bench` prints a table and writes JSON."""
