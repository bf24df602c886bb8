"""The report's pictures, drawn from the analysis alone."""
