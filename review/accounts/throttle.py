"""Slows the guessing of passwords down, by account and by address; a live session never notices."""

import hashlib
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from django.db import transaction

from review.models import PasswordTries

#: So many tries are free …
FREE_TRIES = 10
#: … so many letters with a sign-in link to one mailbox …
FREE_LETTERS = 3
#: … then the wait doubles from here …
FIRST_WAIT = timedelta(seconds=30)
#: … up to here.
LONGEST_WAIT = timedelta(hours=1)
#: After this long without a try, the count starts anew. Longer than any wait, so that waiting does not reset it.
MEMORY = timedelta(hours=2)


def try_again_after(account: str, address: str, now: datetime) -> timedelta | None:
    """None where a password may be looked at now, and this try is counted; else how long to wait.

    A try is counted before its outcome is known, so a hundred at once are no way around; `forgive` takes a good one
    back. Accounts that do not exist are counted as those that do.
    """
    account_key, address_key = _keys(account, address)
    return _count({account_key: FREE_TRIES, address_key: FREE_TRIES}, now)


def write_again_after(mailbox: str, address: str, now: datetime) -> timedelta | None:
    """None where a letter with a sign-in link may be asked for now, and this is counted; else how long to wait.

    Counted apart from passwords: who mistyped theirs may still have a link. An office behind one address has as many
    letters as it has tries, one mailbox fewer.
    """
    mailbox_key, address_key = _keys(mailbox, address, of="letter ")
    return _count({mailbox_key: FREE_LETTERS, address_key: FREE_TRIES}, now)


def _count(free: dict[str, int], now: datetime) -> timedelta | None:
    """Counts a try under each key, of which so many are free; or how long to wait."""
    with transaction.atomic():
        PasswordTries.objects.filter(last_tried_at__lt=now - MEMORY).delete()
        for key in free:
            PasswordTries.objects.get_or_create(key=key, defaults={"last_tried_at": now})
        # In one order, so that two tries do not wait for each other for ever.
        rows = list(PasswordTries.objects.select_for_update().filter(key__in=free).order_by("key"))
        waits = [row.blocked_until - now for row in rows if row.blocked_until and row.blocked_until > now]
        if waits:
            return max(waits)
        for row in rows:
            row.tries += 1
            row.last_tried_at = now
            over = row.tries - free[row.key]
            row.blocked_until = now + wait_after(FREE_TRIES + over) if over >= 0 else None
        PasswordTries.objects.bulk_update(rows, ["tries", "last_tried_at", "blocked_until"])
    return None


def forgive(account: str, address: str, now: datetime) -> None:
    """Forgets the account's tries after a good one, and takes this one back from its address.

    The address keeps its others: whoever owns one account could otherwise guess at all the rest for ever.
    """
    account_key, address_key = _keys(account, address)
    with transaction.atomic():
        PasswordTries.objects.filter(key=account_key).delete()
        row = PasswordTries.objects.select_for_update().filter(key=address_key).first()
        if row and row.tries:
            row.tries -= 1
            row.blocked_until = None if row.tries < FREE_TRIES else row.blocked_until
            row.save()


def wait_after(tries: int) -> timedelta:
    """How long the next try waits after so many.

    `FIRST_WAIT` after the free ones, twice as long after each further one, at most `LONGEST_WAIT`.
    """
    doublings = min(max(tries - FREE_TRIES, 0), 20)
    return min(FIRST_WAIT * 2**doublings, LONGEST_WAIT)


def _keys(account: str, address: str, *, of: str = "") -> tuple[str, str]:
    return _hash(f"{of}account:{account.strip().casefold()}"), _hash(f"{of}address:{_network(address)}")


def _network(address: str) -> str:
    """An address; for IPv6 its /64, since one machine has all of that (RFC 4291, 2.5.1)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return parsed.exploded[:19]
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
