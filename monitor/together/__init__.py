"""Several processes on one PostgreSQL: the engine, the one clock among them, turns at a host."""
