"""What sources.yaml and topics.yaml call things, read again only when a file changed."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from classifiers.taxonomy import Taxonomy, load_taxonomy
from monitor.articles.byhand import BY_HAND, by_hand_name
from monitor.config import settings
from monitor.errors import ConfigError
from monitor.logs import logger
from monitor.sources import SourceConfig
from monitor.sourcesfile import load_sources

T = TypeVar("T")


class _File(Generic[T]):
    """A file as last read without a fault."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stamp: tuple[Path, int, int] | None = None
        self._value: T | None = None

    def read(self, path: Path, load: Callable[[Path], T]) -> T:
        """The file's contents. A file that somebody just broke leaves the pages with what it said before.

        Raises:
            ConfigError: it cannot be read, and this process never read it.
        """
        with self._lock:
            stamp = _stamp(path)
            if self._value is None or stamp != self._stamp:
                try:
                    self._value = load(path)
                except ConfigError as error:
                    if self._value is None or self._stamp is None or self._stamp[0] != path:
                        raise
                    logger.warning("file not read again", file=str(path), reason=str(error.problems[0]))
                self._stamp = stamp
            return self._value


def _stamp(path: Path) -> tuple[Path, int, int]:
    try:
        state = path.stat()
    except OSError:
        return path, 0, 0
    return path, state.st_mtime_ns, state.st_size


_sources: _File[dict[str, SourceConfig]] = _File()
_taxonomy: _File[Taxonomy] = _File()


def sources() -> dict[str, SourceConfig]:
    """Every source of sources.yaml by its id, in the file's order.

    Raises:
        ConfigError: the file cannot be read, and this process never read it.
    """
    allow_hosts = settings().allow_hosts
    return _sources.read(settings().sources_file, partial(_load_sources, allow_hosts=allow_hosts))


def _load_sources(path: Path, allow_hosts: tuple[str, ...]) -> dict[str, SourceConfig]:
    return {source.id: source for source in load_sources(path, allow_hosts)}


def taxonomy() -> Taxonomy:
    """The topics and bulletins of topics.yaml.

    Raises:
        ConfigError: the file cannot be read, and this process never read it.
    """
    return _taxonomy.read(settings().topics_file, load_taxonomy)


def topic_name(topic_id: str) -> str:
    """What a topic is called in the program's language; its id where topics.yaml no longer has it."""
    return taxonomy().name(topic_id, settings().language)


def source_name(source_id: str) -> str:
    """What a source is called; its id where sources.yaml no longer has it."""
    source = sources().get(source_id)
    return source.name if source else by_hand_name() if source_id == BY_HAND else source_id


def source_zone(source_id: str) -> ZoneInfo:
    """The zone of a source's dates; MONITOR_TIMEZONE where sources.yaml no longer has it."""
    source = sources().get(source_id)
    return source.zone if source else settings().timezone
