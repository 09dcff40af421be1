"""Layers: each wires components for one part of the platform; no resource arguments beyond wiring."""
