"""Files that are not sound: written whole, read within bounds, fetched from the Hub."""
