"""Circuits as YAML: `text` parses, `reader` makes a circuit, `writer` writes one, `schema` describes them.

`fields` and the registry say what can be written, out of the Python classes themselves. What may not enter:
a second description of any of them.
"""
