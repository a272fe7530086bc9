"""Search: stories by words in four scripts and by what is known of them, on SQLite and on PostgreSQL."""
