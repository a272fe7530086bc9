"""The queue, and what editors do with a story."""
