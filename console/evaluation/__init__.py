"""How good the numbers are: the items of a protocol, what is said of them, and the figures that come of it."""
