"""What both examples share: settings, faults on command, and asking another service."""
