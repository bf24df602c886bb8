"""How the page gets its work done: a queue, and what happens on its threads."""
