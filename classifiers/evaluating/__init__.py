"""How right the classifier is: on labelled JSON lines, and by what editors decided."""
