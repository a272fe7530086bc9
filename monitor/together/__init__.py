"""Several processes on one PostgreSQL: tasks deferred to all of them, the one clock among them, turns at a host."""
