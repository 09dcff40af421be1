"""Traffic for the examples: requests of each kind at a given rate, and a ledger of what should come of them."""
