"""What both examples share: settings, injected faults, and calls to other services."""
