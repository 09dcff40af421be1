"""Texts that people read: amounts by their unit, placeholders for what the catalog says elsewhere, and their check."""
