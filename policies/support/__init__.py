"""Support for the rules: reading properties, exemptions, and the pack."""
