"""A poll from its start to its end: what is due, what is new, what it says of its source, and what is kept."""
