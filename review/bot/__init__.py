"""The Telegram bot: people ask for alerts, choose what they get, look into the queue, and decide by a tap.

    Telegram ─► listening (polling, or webhook) ─► commands ─┐
                                                └─► taps ────┴─► texts ─► answered through the alerts' own channel

What comes in is Telegram's library's business; what goes out takes the way that alerts take, so that a flood wait or an
unreadable text is an outcome there and no exception here.
"""
