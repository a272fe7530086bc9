"""One story told in several languages: found by vectors, names and figures, and joined."""
