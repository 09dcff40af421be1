"""Success criteria of the platform: their rules and checks."""
