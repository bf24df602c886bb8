"""Models that packages carry: which there are, fetched, converted, kept."""
