"""A finished mix without its stems: taken apart by the user's own separator, or heard as it is."""
