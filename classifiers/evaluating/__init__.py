"""How right the classifier is, on labelled lines and on what editors decided."""
