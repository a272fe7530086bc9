"""New sources: discovered, imported, tried, and written into sources.yaml."""
