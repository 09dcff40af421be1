"""How long the main commands take: `make bench` prints a table and writes JSON."""
