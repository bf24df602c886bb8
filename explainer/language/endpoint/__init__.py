"""Language models behind an endpoint: asked with patience, and answering well, badly or not at all."""
