"""YAML that a person wrote: plain data, and the line of every key, so that an error can point at it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.reader import ReaderError

from monitor.errors import ConfigError, Problem
from monitor.i18n import _
from monitor.logs import logger

#: Our largest file has some 5,000 lines; anything far beyond is a mistake or an attack.
MAX_BYTES = 4_000_000

_TAG = "tag:yaml.org,2002:"
_NUMBERS_AND_SUCH = {_TAG + name for name in ("int", "float", "bool", "null")}
#: Days and "=" stay as they are written: nothing in our files is a date.
_TEXTS = {_TAG + name for name in ("str", "timestamp", "value", "merge")}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A YAML file's data (dicts with text keys, lists, text, numbers), and where in it each part stands."""

    file: str  #: its name, as errors say it
    data: Any  #: None where the file holds nothing but comments
    lines: Mapping[tuple[str | int, ...], int]  #: a path of keys and places -> its line, from 1

    def line(self, path: Sequence[str | int]) -> int:
        """The line, from 1, of the key or item at `path`; of the nearest one above it where the path leads nowhere."""
        parts = tuple(path)
        while parts and parts not in self.lines:
            parts = parts[:-1]
        return self.lines.get(parts, 1)


def load_yaml(path: Path) -> Loaded:
    """The file's data with its lines, by YAML 1.2's rules for scalars: `no` is a text, not false.

    Aliases and tags are refused: with the first, ten lines make a billion items; with the second, a file makes objects.

    Raises:
        ConfigError: the file cannot be read, is larger than MAX_BYTES, is no YAML in UTF-8, says a key twice, or has an
            alias or a tag.
    """
    text = _text(path)
    try:
        root = _compose(text)
        reading = _Reading()
        data = None if root is None else reading.value(root, ())
    except MarkedYAMLError as error:
        raise ConfigError([_syntax(path.name, error)]) from error
    except ReaderError as error:
        line = text[: error.position].count("\n") + 1
        message = _("눈에 보이지 않는 제어 문자가 들어 있습니다. 지우십시오.")
        raise ConfigError([Problem(path.name, line, "YAML", message)]) from error
    except (YAMLError, RecursionError, ValueError) as error:
        message = _("YAML 로 읽을 수 없습니다. 너무 깊은 괄호나 너무 큰 수가 없는지 살펴보십시오.")
        raise ConfigError([Problem(path.name, 1, "YAML", message)]) from error
    if reading.wrong:
        raise ConfigError([Problem(path.name, *found) for found in sorted(reading.wrong)])
    return Loaded(path.name, data, reading.lines)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        message = _("{path}: 읽을 수 없습니다 ({reason}). 경로와 권한을 살펴보십시오.").format(
            path=path, reason=error.strerror
        )
        raise ConfigError([Problem(path.name, 0, "file", message)]) from error
    if len(raw) > MAX_BYTES:
        message = _("파일이 4 MB 를 넘습니다. 다른 파일을 가리키고 있지 않은지 살펴보십시오.")
        raise ConfigError([Problem(path.name, 0, "file", message)])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        message = _("UTF-8 이 아닙니다. 편집기에서 UTF-8 로 저장하십시오.")
        raise ConfigError([Problem(path.name, line, "file", message)]) from error


#: libyaml goes as deep as the C stack lets it: brackets within so many brackets are left to the other.
_DEEPEST = 100


def _compose(text: str) -> Any:
    """The text's nodes: by libyaml, five times as quick; by ruamel where there is none, or where something is wrong.

    Both have nodes with `id`, `tag`, `value` and marks; only ruamel's errors are told.
    """
    if yaml.__with_libyaml__ and text.count("[") + text.count("{") < 50_000 and not _is_deep(text):
        try:
            return yaml.compose(text, Loader=_Fast)
        except (yaml.YAMLError, ValueError) as error:
            logger.debug("read again for the sake of the message", reason=str(error))
    return YAML(typ="safe", pure=True).compose(text)


def _is_deep(text: str) -> bool:
    depth = 0
    for found in re.finditer(r"[\[{\]}]", text):
        depth += 1 if found[0] in "[{" else -1
        if depth > _DEEPEST:
            return True
    return bool(re.search(r"^(?:[ -]{200})", text, re.M))


class _Fast(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """libyaml with the scalars of YAML 1.2, as ruamel has them: `no` is Norway, 12:30 a text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


for _name, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9_]+|[-+]?0b[01_]+|[-+]?0o[0-7_]+|[-+]?0x[0-9a-fA-F_]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|\.[0-9_]+(?:[eE][-+][0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+0123456789.",
    ),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
):
    _Fast.add_implicit_resolver(
        _TAG + _name,
        re.compile(f"^(?:{_pattern})$"),
        [*_first.replace("\0", ""), *([""] if "\0" in _first else [])],
    )


class _Reading:
    """Plain data from nodes. Nodes, not its round-trip types: those hide where a repeated key stands."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str | int, ...], int] = {}
        self.wrong: list[tuple[int, str, str]] = []
        self._seen: set[int] = set()
        self._scalars = YAML(typ="safe", pure=True).constructor

    def value(self, node: Any, path: tuple[str | int, ...]) -> Any:
        if id(node) in self._seen:
            message = _(
                "별칭(*)은 쓸 수 없습니다. 값을 그대로 적거나, 별표로 시작하는 글이면 따옴표로 싸십시오."
            )
            self.wrong.append((self.lines.get(path, 1), str(path[-1]) if path else "YAML", message))
            return None
        self._seen.add(id(node))
        if node.id == "mapping":
            return self._mapping(node, path)
        if node.id == "sequence":
            for index, item in enumerate(node.value):
                self.lines[*path, index] = item.start_mark.line + 1
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        tag = str(node.tag)
        if tag in _NUMBERS_AND_SUCH:
            return self._scalars.construct_object(ScalarNode(tag, node.value))
        if tag not in _TEXTS:
            message = _("태그({tag})는 쓸 수 없습니다. 느낌표로 시작하는 글이면 따옴표로 싸십시오.").format(
                tag=tag.replace(_TAG, "!!")
            )
            self.wrong.append((node.start_mark.line + 1, str(path[-1]) if path else "YAML", message))
        return str(node.value)

    def _mapping(self, node: Any, path: tuple[str | int, ...]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for name, value in node.value:
            line = name.start_mark.line + 1
            key = str(name.value)
            if name.id != "scalar":
                self.wrong.append((line, "YAML", _("이름 자리에 괄호가 있습니다. 한 낱말을 적으십시오.")))
            elif key in data:
                message = _("{first}번째 줄에 이미 있는 이름입니다. 둘 중 하나를 지우십시오.").format(
                    first=self.lines[*path, key]
                )
                self.wrong.append((line, key, message))
            else:
                self.lines[*path, key] = line
                data[key] = self.value(value, (*path, key))
        return data


#: What ruamel says -> what an editor of the file should do.
_SYNTAX = (
    ("character '\\t'", "탭 문자가 있습니다. 들여쓰기는 빈칸으로 하십시오."),
    ("that cannot start any token", "따옴표 없이 쓸 수 없는 글자로 시작하는 값이 있습니다. 값을 따옴표로 싸십시오."),
    ("mapping values are not allowed", "콜론이 놓일 수 없는 곳에 있습니다. 들여쓰기를 맞추고, 콜론이 든 값은 따옴표로 싸십시오."),
    ("found undefined alias", "별표로 시작하는 값이 있습니다. 따옴표로 싸십시오."),
    ("found unexpected end of stream", "여기서 연 따옴표가 닫히지 않았습니다."),
    ("expected ',' or", "여기서 연 괄호가 닫히지 않았거나 쉼표가 빠졌습니다."),
    ("found unknown escape character", "큰따옴표 안에 홀로 쓴 역슬래시가 있습니다. 작은따옴표로 바꾸십시오."),
    ("found another document", "--- 로 나눈 문서가 둘 이상입니다. 하나로 합치십시오."),
    ("could not find expected ':'", "이름 뒤에 콜론이 없습니다."),
    ("expected <block end>", "들여쓰기가 어긋납니다. 같은 항목의 줄은 같은 칸에서 시작해야 합니다."),
)  # fmt: skip


def _syntax(file: str, error: MarkedYAMLError) -> Problem:
    problem = str(error.problem or "")
    message = next((_(text) for sign, text in _SYNTAX if sign in repr(problem) or sign in problem), None)
    opened = any(sign in problem for sign in ("unexpected end of stream", "expected ',' or"))
    mark = (error.context_mark if opened else None) or error.problem_mark or error.context_mark
    if message is None:
        message = _("YAML 문법에 맞지 않습니다({reason}). 들여쓰기와 따옴표를 살펴보십시오.").format(
            reason=problem
        )
    return Problem(file, mark.line + 1 if mark else 1, "YAML", message)


def problems_from(
    error: ValidationError, loaded: Loaded, prefix: Sequence[str | int], name: str, model: type[BaseModel]
) -> list[Problem]:
    """pydantic's findings in an operator's words, each with its line, in pydantic's order.

    `prefix` leads to what was validated as `model`; `name` is what people call it, such as the id of a stanza.
    """
    return [
        _problem(dict(item), loaded, prefix, name, model)
        for item in error.errors()
        # Not the file's fault: another value, wrong itself, was wanted to work this one out.
        if item["type"] != "default_factory_not_called"
    ]


def _problem(
    item: dict[str, Any], loaded: Loaded, prefix: Sequence[str | int], name: str, model: type[BaseModel]
) -> Problem:
    path = [part for part in item["loc"] if part != "[key]"]
    key = ".".join(str(part) for part in path)
    if item["type"] == "extra_forbidden":
        known = _keys_beside(model, path)
        message = _("모르는 이름입니다. {hint}").format(hint=_hint(str(path[-1]), known))
    else:
        message = _sentence(item)
    return Problem(loaded.file, loaded.line([*prefix, *path]), name, f"{key} {message}" if key else message)


def _hint(given: str, known: Sequence[str]) -> str:
    """The name that was probably meant; else all that there are."""
    near = get_close_matches(given, known, n=1)
    if near:
        return _("{near} 을(를) 뜻하셨습니까?").format(near=near[0])
    return _("쓸 수 있는 이름: {known}").format(known=", ".join(known))


def _keys_beside(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The keys that may stand where `path` ends."""
    for part in path[:-1]:
        if field := model.model_fields.get(str(part)):
            model = next(_models(field.annotation), model)
    return list(model.model_fields)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models inside `list[Topic]`, `ListingRules | None` and the like."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _sentence(item: dict[str, Any]) -> str:
    """What is wrong and the mend. The words for values that are no text come first: an empty one is the usual cause."""
    given, limits = item.get("input"), item.get("ctx", {})
    if item["type"] == "value_error":
        return str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "missing":
        return _("빠졌습니다. 적어 주십시오.")
    if given is None or item["type"] == "string_too_short":
        return _("비어 있습니다. 값을 적으십시오(#, *, & 로 시작하는 값은 따옴표로 싸야 합니다).")
    shown = str(given) if len(str(given)) <= 60 else str(given)[:60] + "…"
    match item["type"]:
        case "bool_type" | "bool_parsing":
            text = _('"{given}" 대신 true 나 false 를 적으십시오.')
        case "int_type" | "int_parsing" | "int_from_float" | "float_type" | "float_parsing":
            text = _('"{given}" 대신 수를 적으십시오.')
        case "string_type":
            text = _('"{given}" 대신 글을 적으십시오. 필요하면 따옴표로 싸십시오.')
        case "literal_error" | "enum":
            text = _('"{given}" 대신 {expected} 가운데 하나를 적으십시오.')
        case "list_type" | "tuple_type" | "set_type":
            text = _('"{given}" 대신 목록을 적으십시오. 예: [하나, 둘]')
        case "model_type" | "dict_type" | "model_attributes_type":
            text = _('"{given}" 대신 {{이름: 값}} 꼴로 적으십시오.')
        case "greater_than_equal":
            text = _('"{given}" 대신 {ge} 이상을 적으십시오.')
        case "less_than_equal":
            text = _('"{given}" 대신 {le} 이하를 적으십시오.')
        case _:
            text = _('"{given}" 은(는) 쓸 수 없는 값입니다({reason}).')
    expected = str(limits.get("expected", "")).replace(" or ", ", ").replace("'", "")
    return text.format(given=shown, **{"reason": item["msg"], **limits, "expected": expected})
