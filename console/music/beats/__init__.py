"""Beats, bars and tempo: what is heard (`features.py`, `network.py`, `onsets.py`), counted (`bars.py`) and said of it."""
