"""Routing: who is notified of what, and in which words."""
