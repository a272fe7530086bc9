"""What the process that parsing workers are forked from loads: all that they need, as memory that they share."""

from monitor import heap

# The collector writes into every object that it looks at, and so makes each worker a copy of its own of all of them.
with heap.loading():
    import monitor.parsers.article  # noqa: F401 -- loaded, not used
