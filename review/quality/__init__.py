"""What the classifier did last month, and what editors taught it."""
