"""The first floor: words. What the console's numbers say, as advice a musician can act on."""
