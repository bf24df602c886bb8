"""Instruction data: lessons imagined, heard, or read from a file."""
