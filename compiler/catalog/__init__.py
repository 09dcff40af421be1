"""The catalog as it is read: its files, the place of each part in them, and the language of its expressions."""
