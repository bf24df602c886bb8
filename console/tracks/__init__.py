"""Songs of many tracks: what plays in each, what is usual within a group, and which of its stems is off."""
