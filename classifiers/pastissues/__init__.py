"""Past issues of the bulletins: a file's bytes into text, text into articles, what is kept of them, and which is nearest to an entry."""
