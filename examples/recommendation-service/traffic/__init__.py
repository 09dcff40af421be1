"""Traffic for the examples: requests of each kind at a given rate, and a ledger of the expected results."""
