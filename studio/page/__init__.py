"""The web page of the studio: its HTTP API, and the server that it runs on."""
