"""One entry judged: its features, the probabilities that a model gives, and the reasons for them."""
