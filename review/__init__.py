"""People: the queue, decisions, candidates of the next issue, and the pages."""
