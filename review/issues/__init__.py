"""The next issue: what stands in it, how its articles are cited, and what becomes of it when it is closed."""
