"""The report on a song, as text, Markdown, a page of HTML, and data; its pictures in `figures/`."""
