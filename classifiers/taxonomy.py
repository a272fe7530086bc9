"""topics.yaml: the bulletins, their sections, the topics and their words in four languages."""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from monitor.errors import ConfigError, Problem
from monitor.i18n import _
from monitor.yamlfile import load_yaml, problems_from


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Term(_Part):
    """A word or phrase that speaks for a topic."""

    term: str = Field(min_length=2)
    #: Only in exactly this case: acronyms that are words, such as IRA.
    case: bool = False
    #: Less than 1 where the word also stands in other news.
    weight: float = Field(1.0, gt=0, le=1)


def _term(value: object) -> object:
    return {"term": value} if isinstance(value, str) else value


class Topic(_Part):
    """One topic of the taxonomy."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    #: By language; Korean is what editors read.
    name: dict[str, str]
    #: One or two sentences by language: what the topic's news is about.
    description: dict[str, str] = Field(default_factory=dict)
    terms: dict[str, list[Annotated[Term, BeforeValidator(_term)]]] = Field(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _has_korean(cls, value: dict[str, str]) -> dict[str, str]:
        if "ko" not in value:
            raise ValueError(_("한국어 이름(ko)이 빠졌습니다."))
        return value


class Section(_Part):
    """A section of a bulletin, and how many articles it usually holds."""

    name: str
    count: int = Field(1, ge=0)


class Bulletin(_Part):
    """A bulletin that issues are made for."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    name: str
    cadence: str
    sections: list[Section]
    citation: str = "reference"


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
    """The file's taxonomy.

    Raises:
        ConfigError: all that is wrong with the file, each with its line and the mend.
    """
    loaded = load_yaml(path)
    if not isinstance(loaded.data, dict):
        raise ConfigError([Problem(loaded.file, 1, "-", _("topics: 와 bulletins: 가 있어야 합니다."))])
    try:
        taxonomy = Taxonomy.model_validate(loaded.data)
    except ValidationError as error:
        raise ConfigError(problems_from(error, loaded, [], "topics", Taxonomy)) from error
    problems = []
    for part, rows in (("topics", taxonomy.topics), ("bulletins", taxonomy.bulletins)):
        seen: dict[str, int] = {}
        items: list[Any] = list(rows)
        for index, row in enumerate(items):
            line = loaded.line([part, index, "id"])
            if row.id in seen:
                message = _("{line}째 줄과 id 가 같습니다. 다른 이름을 붙이십시오.").format(line=seen[row.id])
                problems.append(Problem(loaded.file, line, row.id, message))
            seen.setdefault(row.id, line)
    if problems:
        raise ConfigError(problems)
    return taxonomy
