"""`monitor learn`: reads files of past issues, and keeps their articles as what was covered and what may be learned from."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from classifiers.pastissues.files import FORMATS, READERS
from monitor.cli.collect import now
from monitor.cli.common import AsJson, console, errors, fail, prepare, print_json, print_table, why_unread
from monitor.i18n import _

if TYPE_CHECKING:
    from classifiers.pastissues.issue import PastArticleText, PastIssueText
    from classifiers.training.corrections import Correction


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(help=_("지난 호를 읽어 기사와 주제를 찾고, 이미 다룬 것과 학습할 글로 간직합니다."))(learn)


@dataclass(frozen=True, slots=True)
class _Found:
    """A file's issue and the topics that its articles are to have."""

    file: str
    issue: "PastIssueText"
    topics: list[list[str]]
    sections: dict[int, str]
    #: The orders of the articles whose topics an editor gave.
    given: frozenset[int]

    @property
    def name(self) -> str:
        """As `--topics` names the issue, and `--json` prints it."""
        return _names(self.issue)[0]


def learn(
    paths: Annotated[
        list[Path], typer.Argument(help=_("지난 호 파일({formats})이나 그 폴더").format(formats=FORMATS))
    ],
    bulletin: Annotated[str, typer.Option(help=_("회보의 id; 생략하면 파일에서 알아냅니다."))] = "",
    yes: Annotated[bool, typer.Option("--yes", help=_("제안한 주제를 묻지 않고 받아들입니다."))] = False,
    topics: Annotated[
        Path | None, typer.Option(help=_('주제를 적은 JSONL: {"issue", "order", "topics"}'))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """`monitor learn`: asks on a terminal; what is accepted there, with --yes or by --topics, is confirmed.

    Elsewhere topics are proposed, for an editor to confirm on the page. Confirmed ones are kept when the issue is
    learned again, and changed with --topics or on the page. Exit 1 where a file could not be read or a line of --topics
    names an article that is in none of them.
    """
    prepare()
    from classifiers.pastissues.learning import keep_issue

    corrections = _corrections(topics)
    _check_bulletin(bulletin)
    failed = False
    files = list(_files(paths))
    if not files:
        fail(_("읽을 파일이 없습니다. {formats} 파일을 주십시오.").format(formats=FORMATS), code=2)
    used: set[tuple[str, int]] = set()
    for path in files:
        found = _read(path, bulletin, corrections, as_json)
        if found is None:
            failed = True
            continue
        used |= {(name, one.order) for name in _names(found.issue) for one in found.issue.articles}
        if as_json:
            _print_rows(found)
        else:
            _show(found)
        asks = sys.stdin.isatty() and not (yes or as_json or topics)
        if asks and not typer.confirm(_("이대로 간직할까요?"), default=True):
            console.print(
                _("간직하지 않았습니다. 주제를 --topics 파일로 고쳐 다시 해 주십시오."), markup=False
            )
            continue
        accepted = {one.order for one in found.issue.articles} if yes or asks else found.given
        learned = keep_issue(
            found.issue, found.topics, found.file, found.sections, dict.fromkeys(accepted, now())
        )
        if not as_json:
            message = _("{name}: 새 기사 {new}건, 아는 기사 {known}건, 없어진 기사 {gone}건")
            console.print(
                message.format(name=found.name, new=learned.new, known=learned.known, gone=learned.gone),
                markup=False,
            )
    for issue, order in sorted(corrections.keys() - used):
        message = _("{file}: {issue} 호의 {order}번째 기사가 읽은 파일에 없습니다.")
        _complain(message.format(file=topics, issue=issue, order=order))
        failed = True
    _say_what_waits(as_json)
    sys.exit(1 if failed else 0)


def _say_what_waits(as_json: bool) -> None:
    """Where topics wait to be confirmed, and how many articles'; beside the rows, where these are for a program."""
    from django.urls import reverse

    from classifiers.models import PastArticle
    from monitor.config import settings

    waiting = PastArticle.objects.filter(confirmed_at=None).count()
    if waiting:
        message = _("기사 {n}건의 주제가 확정을 기다립니다: {url}")
        (errors if as_json else console).print(
            message.format(n=waiting, url=settings().public_url + reverse("review:past_issues")),
            markup=False,
            soft_wrap=True,
        )


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(
                one for one in path.iterdir() if one.suffix.lower() in READERS and one.is_file()
            )
        else:
            yield path


def _check_bulletin(bulletin: str) -> None:
    from classifiers.taxonomy import taxonomy

    known = [one.id for one in taxonomy().bulletins]
    if bulletin and bulletin not in known:
        message = _(
            "--bulletin {bulletin}: topics.yaml 에 없는 회보입니다. {known} 가운데 하나를 적으십시오."
        )
        fail(message.format(bulletin=bulletin, known=", ".join(known)), code=2)


def _corrections(file: Path | None) -> "dict[tuple[str, int], Correction]":
    from classifiers.taxonomy import taxonomy
    from classifiers.training.corrections import read_corrections

    if file is None:
        return {}
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = _("{file} 을(를) 읽을 수 없습니다: {reason}")
        fail(message.format(file=file, reason=why_unread(error)), code=2)
    return read_corrections(lines, file.name, taxonomy().by_id)


def _read(
    path: Path, bulletin: str, corrections: "dict[tuple[str, int], Correction]", as_json: bool
) -> _Found | None:
    """The file's issue with its topics; None, after a sentence about it, where there is none to be had."""
    from classifiers.pastissues.files import read_file
    from classifiers.pastissues.issue import PastIssueError
    from classifiers.pastissues.layout import read_issue
    from classifiers.pastissues.learning import confirmed_topics, propose_topics
    from classifiers.serving.loading import classifier
    from classifiers.taxonomy import taxonomy

    try:
        text = read_file(path.name, path.read_bytes())
        issue = read_issue(text, path.name, taxonomy().bulletins, bulletin)
    except (PastIssueError, OSError) as error:
        reason = why_unread(error)
        _complain(f"{path.name}: {reason}")
        if as_json:
            print_json({"file": path.name, "error": reason})
        return None
    proposed, confirmed = propose_topics(classifier(), issue), confirmed_topics(issue)
    given = {order: correction for (name, order), correction in corrections.items() if name in _names(issue)}
    topics = [
        list(given[article.order].topics) if article.order in given else proposal if known is None else known
        for article, proposal, known in zip(issue.articles, proposed, confirmed, strict=True)
    ]
    sections = {order: correction.section for order, correction in given.items() if correction.section}
    return _Found(path.name, issue, topics, sections, frozenset(given))


def _names(issue: "PastIssueText") -> tuple[str, str]:
    """What an issue may be called: with its bulletin, or by the number alone."""
    return f"{issue.bulletin} {issue.number}", issue.number


def _complain(message: str) -> None:
    errors.print(message, style="red", markup=False, soft_wrap=True)


def _rows(found: _Found) -> "Iterator[tuple[PastArticleText, str, list[str]]]":
    for article, topics in zip(found.issue.articles, found.topics, strict=True):
        yield article, found.sections.get(article.order) or article.section, topics


def _print_rows(found: _Found) -> None:
    published = found.issue.published_on
    for article, section, topics in _rows(found):
        print_json(
            {
                "file": found.file,
                "issue": found.name,
                "published_on": published.isoformat() if published else None,
                "order": article.order,
                "section": section,
                "title": article.title,
                "topics": topics,
                "citations": [
                    {
                        "author": citation.author,
                        "title": citation.title,
                        "medium": citation.medium,
                        "date": citation.date.isoformat() if citation.date else None,
                        "country": citation.country,
                        "raw": citation.raw,
                    }
                    for citation in article.citations
                ],
            }
        )


def _show(found: _Found) -> None:
    from classifiers.taxonomy import taxonomy

    print_table(
        f"{found.file}: {found.name}",
        ("", _("난"), _("제목"), _("인용"), _("주제")),
        (
            (
                str(article.order),
                section,
                article.title,
                str(len(article.citations)),
                ", ".join(taxonomy().name(topic) for topic in topics),
            )
            for article, section, topics in _rows(found)
        ),
    )
