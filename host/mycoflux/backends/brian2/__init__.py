"""A circuit in floats on brian2: the reference that quantization is measured against."""
