"""What the rules share: reading properties, exemptions, and turning rules into a pack."""
