"""Sound that is never held whole: blocks that pass once, and meters that listen to them."""
