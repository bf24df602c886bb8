"""What a clause orders, rule by rule."""
