"""Beats, bars and tempo: what is heard (`features.py`, `network.py`, `heard.py`), counted (`bars.py`), told of it."""
