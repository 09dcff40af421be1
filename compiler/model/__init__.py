"""The catalog's model: frozen pydantic classes, one file for each kind of entry."""
