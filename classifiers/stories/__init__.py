"""One story told in several languages."""
