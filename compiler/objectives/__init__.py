"""Service level objectives: their events, budgets and burn-rate alerts."""
