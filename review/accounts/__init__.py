"""Who may come in, as whom, and the record of what was done."""
