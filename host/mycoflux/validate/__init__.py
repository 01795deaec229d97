"""Circuits in floats held against their programs, and pictures of runs.

No backend is made here and nothing is compiled but by `compiler`; brian2, Elephant and matplotlib are extras,
imported by the modules that need them. Reports are data (`as_dict`), text, or one HTML file.
"""
