"""Tags in, messages out: rules, the outbox, and one file a channel."""
