"""topics.yaml: the bulletins, their sections, the topics and their words in each language."""

import re
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from monitor.config import settings
from monitor.errors import ConfigError, Problem
from monitor.i18n import _
from monitor.yamlfile import Loaded, load_yaml, problems_from


def _identifier(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", value):
        raise ValueError(
            _('"{given}" 대신 영어 소문자, 숫자, 하이픈으로 40자까지 적으십시오. 예: supply-chain').format(
                given=value
            )
        )
    return value


def _language(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2}", value):
        raise ValueError(
            _('"{given}" 대신 ko, ja, en, zh 와 같은 두 글자 언어 부호를 적으십시오.').format(given=value)
        )
    return value


def _phrase(value: str) -> str:
    if len(value.strip()) < 2:
        raise ValueError(
            _('"{given}" 은(는) 너무 짧아 아무 데서나 나옵니다. 두 글자 이상으로 적으십시오.').format(
                given=value
            )
        )
    return value.strip()


def _as_mapping(value: object) -> object:
    """A bare word is short for {term: word}; a number that is a word wants quotes."""
    if isinstance(value, str):
        return {"term": value}
    if isinstance(value, dict):
        return value
    raise ValueError(_('"{given}" 대신 글을 적으십시오. 필요하면 따옴표로 싸십시오.').format(given=value))


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Term(_Part):
    """A word or phrase that speaks for a topic."""

    term: Annotated[str, AfterValidator(_phrase)]
    #: Only in exactly this case: acronyms that are words, such as IRA.
    case: bool = False
    #: Less than 1 where the word also stands in other news.
    weight: float = Field(1.0, ge=0.05, le=1)


#: Values of the file; what is wrong with one is told in an operator's words, with the mend.
Identifier = Annotated[str, AfterValidator(_identifier)]
Language = Annotated[str, AfterValidator(_language)]
Kind = Literal["economy", "policy", "industry", "technology", "other"]


class Topic(_Part):
    """One topic of the taxonomy."""

    #: Stands beside every tag: never changed.
    id: Identifier
    #: By language; Korean is what editors read.
    name: dict[Language, str]
    #: One or two sentences by language: what the topic's news is about.
    description: dict[Language, str] = Field(default_factory=dict)
    terms: dict[Language, list[Annotated[Term, BeforeValidator(_as_mapping)]]] = Field(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _has_korean(cls, value: dict[str, str]) -> dict[str, str]:
        if "ko" not in value:
            raise ValueError(_("한국어 이름(ko)이 빠졌습니다. 적어 주십시오."))
        return value


class Section(_Part):
    """A section of a bulletin."""

    name: str
    #: How many articles it usually holds.
    count: int = Field(1, ge=0)
    #: What belongs here by itself: of each list one must hold, an empty one asks for nothing. With neither, nothing
    #: does: editors choose for it.
    kinds: list[Kind] = Field(default_factory=list)
    topics: list[Identifier] = Field(default_factory=list)


class Bulletin(_Part):
    """A bulletin that issues are made for."""

    id: Identifier
    name: str
    #: "monthly" or "biweekly": by it the next number and its days are proposed.
    cadence: str
    #: Where its news happens, as `classifiers.judging.regions` writes it; empty for anywhere.
    regions: list[str] = Field(default_factory=list)
    #: In the order in which they are printed.
    sections: list[Section]
    #: How it prints its sources: in a list, or in headings (`classifiers.pastissues.layout.LAYOUTS`).
    citation: Literal["reference", "heading"] = "reference"


class Taxonomy(_Part):
    """All bulletins and topics."""

    bulletins: list[Bulletin] = Field(default_factory=list)
    topics: list[Topic] = Field(min_length=1)

    @cached_property
    def by_id(self) -> dict[str, Topic]:
        """The topics by their ids."""
        return {topic.id: topic for topic in self.topics}

    def name(self, topic_id: str, language: str = "ko") -> str:
        """What people call a topic; the id itself for a topic that topics.yaml no longer has."""
        topic = self.by_id.get(topic_id)
        return topic.name.get(language, topic.name["ko"]) if topic else topic_id


def load_taxonomy(path: Path) -> Taxonomy:
    """The bulletins and topics of the file, each in its order.

    Raises:
        ConfigError: all that is wrong with the file, each with its line and the mend.
    """
    loaded = load_yaml(path)
    problems = list(_misshapen(loaded))
    if problems:
        raise ConfigError(problems)
    bulletins = _rows(loaded, "bulletins", Bulletin, problems)
    topics = _rows(loaded, "topics", Topic, problems)
    problems += [*_doubled(loaded, "bulletins"), *_doubled(loaded, "topics")]
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: problem.line))
    return Taxonomy(bulletins=bulletins, topics=topics)


_PARTS = ("bulletins", "topics")


def _misshapen(loaded: Loaded) -> Iterator[Problem]:
    """What is wrong with the file as a whole: then a look at its rows would say nothing of use."""
    data = loaded.data if isinstance(loaded.data, dict) else {}
    for key in sorted(data.keys() - set(_PARTS)):
        message = _("모르는 이름입니다. 쓸 수 있는 이름: {known}").format(known=", ".join(_PARTS))
        yield Problem(loaded.file, loaded.line([key]), key, message)
    if not isinstance(data.get("topics"), list) or not data["topics"]:
        message = _(
            "주제가 하나도 없습니다. `topics:` 아래에 `- id: …` 로 시작하는 항목을 하나 이상 적으십시오."
        )
        yield Problem(loaded.file, loaded.line(["topics"]), "topics", message)
    if not isinstance(data.get("bulletins") or [], list):
        message = _("`bulletins:` 아래에 `- id: …` 로 시작하는 항목을 적거나, 줄을 지우십시오.")
        yield Problem(loaded.file, loaded.line(["bulletins"]), "bulletins", message)


Row = TypeVar("Row", bound=BaseModel)


def _rows(loaded: Loaded, part: str, model: type[Row], problems: list[Problem]) -> list[Row]:
    """The part's rows that are right; what is wrong with the others is added to `problems`."""
    rows = []
    for index, stanza in enumerate(loaded.data.get(part) or []):
        if not isinstance(stanza, dict):
            message = _('"{given}" 대신 `- id: …` 로 시작하는 항목을 적으십시오.').format(
                given=str(stanza)[:40]
            )
            problems.append(Problem(loaded.file, loaded.line([part, index]), part, message))
            continue
        try:
            rows.append(model.model_validate(stanza))
        except ValidationError as error:
            name = str(stanza.get("id") or f"{part} #{index + 1}")
            problems += problems_from(error, loaded, [part, index], name, model)
    return rows


def _doubled(loaded: Loaded, part: str) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, stanza in enumerate(loaded.data.get(part) or []):
        name: Any = stanza.get("id") if isinstance(stanza, dict) else None
        if not isinstance(name, str):
            continue
        line = loaded.line([part, index, "id"])
        if name in first:
            message = _("id 가 {line}번째 줄과 같습니다. 다른 이름을 붙이십시오.").format(line=first[name])
            yield Problem(loaded.file, line, name, message)
        first.setdefault(name, line)


@cache
def taxonomy() -> Taxonomy:
    """The taxonomy in force, read once a process.

    Raises:
        ConfigError: something is wrong with topics.yaml, or with the settings.
    """
    return load_taxonomy(settings().topics_file)
