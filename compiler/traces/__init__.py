"""Traces: sampling and its place, compiled for collectors and for X-Ray."""
