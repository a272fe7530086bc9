"""Past issues of the bulletins: files into text, text into articles, articles kept, and the nearest of them to an entry."""
