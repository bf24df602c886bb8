"""Where songs come from, and how they become flawed training examples."""
