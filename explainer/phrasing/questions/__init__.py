"""Questions about an advice, and what is said to them."""
