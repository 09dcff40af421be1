"""Which traces are kept, and where that is decided: compiled for collectors and for X-Ray."""
