"""Questions about an advice: what is asked, of which stems, and whether an answer is right."""
