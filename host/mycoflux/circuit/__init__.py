"""what an author writes: populations, projections, ports, nesting; floats, SI units, names."""
