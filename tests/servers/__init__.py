"""Local servers that behave, and misbehave, as the real ones do."""
