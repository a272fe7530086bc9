"""Past issues of the bulletins: a file's bytes into text, and the text into articles. Pure: nothing is stored here."""
