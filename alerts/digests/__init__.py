"""The daily summary, and the one at the end of quiet hours: what came, by bulletin and section, in one message.

    due ─► gathering ─► contents ─► rendering ─► Digest + Alert (the outbox sends it) ─► told

`due` and `contents` are pure; `making` writes a summary down before it is sent, so that every try sends the same;
`telling` says what its arrival settles. docs/decisions/digest.md has the reasons.
"""
