"""A thousand alerts to twenty chats through a Bot API server with every fault, at the pace that Telegram asks for."""

import asyncio
import os
import tempfile
import time
from datetime import UTC, datetime
from statistics import median


def main(alerts: int = 50, chats: int = 20, groups: int = 4) -> None:
    """Prints what arrived, how fast, and all that went wrong, which is to be nothing."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"MONITOR_HOME": home, "DJANGO_SETTINGS_MODULE": "monitor.settings"}
        import django

        django.setup()
        import logging

        import structlog
        from django.core.management import call_command

        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        logging.disable(logging.CRITICAL)
        call_command("migrate", verbosity=0)
        from tests.alerts.campaign import FLOODED, SLOW, judge, prepare
        from tests.servers.telegram import TelegramServer, fastest

        with TelegramServer() as telegram:
            prepare(telegram, chats=chats, groups=groups, alerts=alerts, share=0.08, slow=4.0, seed=5)
            # The answer comes when nobody waits for it any more.
            telegram.faults[SLOW][1].delay = 13.0
            troubled = {name for name, faults in telegram.faults.items() if faults}
            started = time.monotonic()
            seconds = asyncio.run(_until_delivered(telegram.url, FLOODED))
            found = judge(telegram)
            last: dict[str, float] = {}
            for message in telegram.delivered:
                last[message.chat] = message.at - started
            chat, group, everyone = fastest(telegram.arrivals())
    states = ", ".join(f"{count} {state}" for state, count in sorted(found.states.items()))
    print(f"{chats * alerts} alerts to {chats} chats in {seconds:.0f} s: {states}")
    print(f"  uncertain: {found.arrived_uncertain} of {found.states['uncertain']} arrived")
    print(
        f"  most to a chat in a second {chat}, to a group in a minute {group}, to all in a second {everyone}"
    )
    easy = [at for name, at in last.items() if name not in troubled and not name.startswith("-")]
    print(f"  last message of a chat without faults: {median(easy):.0f} s (at most {max(easy):.0f})")
    for what in ("lost", "doubled", "astray", "disordered", "importunate"):
        wrong = getattr(found, what)
        print(f"  {what:11} {len(wrong)}", *wrong, sep="\n    " if wrong else " ")


async def _until_delivered(url: str, flooded: str) -> float:
    """Seconds until nothing is left but what one chat must wait for; the outbox runs as in `monitor run`."""
    from alerts.channels.telegram import TelegramChannel
    from alerts.models import Alert
    from alerts.outbox import Outbox
    from monitor.threads import in_database
    from tests.servers.telegram import TOKEN

    def is_done() -> bool:
        left = Alert.objects.filter(state__in=["queued", "sending"])
        return not left.exclude(recipient__address=f"telegram:{flooded}", state="queued").exists()

    channel = TelegramChannel(TOKEN, url)
    outbox = Outbox({"telegram": channel}, lambda: datetime.now(UTC))
    started = time.monotonic()
    # A moment at first: what waits for nothing has left by then, also of the one that is to wait.
    while time.monotonic() - started < 15 or not await in_database(is_done):
        await outbox.look()
        await asyncio.sleep(1)
    await outbox.stop()
    await channel.aclose()
    return time.monotonic() - started


if __name__ == "__main__":
    import sys

    main(*map(int, sys.argv[1:]))
