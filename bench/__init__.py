"""Measurements of jamroom, beside its peers: `python -m bench`. README.md says how to read them."""
