"""Pure: two signs that both layouts are read by: a section's name, and a line that can be a title."""

import re
from collections.abc import Sequence

from classifiers.pastissues.lines import Line, squash
from classifiers.pastissues.placeholders import NO_HEADLINE

_LABEL_FRAME = re.compile(
    r"^[\[【<〈《(（]?(?:제?\d{1,2}[.)장부]?|[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩIVX]{1,4}[.)]?)?\s*|[\]】>〉》)）:：]\s*$"
)
_SENTENCE_END = re.compile(r"[.。!?]['’\"”)]?$")
_NO_TITLE = re.compile(
    rf"(?:자료|출처|주|그림|표|참고|참고문헌|부록|문의)\s*[:：)\d<(]|[<〈\[▘]|\((?!{NO_HEADLINE})"
)
_LONGEST_TITLE = 90
#: "이슈 / 포커스": a narrow cell breaks a section's name in up to so many lines.
_LABEL_LINES = 3


def label_at(lines: Sequence[Line], place: int, sections: Sequence[str]) -> tuple[str, int]:
    """The section whose name stands alone at this place, and how many lines it takes; ("", 0) for none."""
    names = {squash(section): section for section in sections}
    for count in range(1, _LABEL_LINES + 1):
        text = squash("".join(line.text for line in lines[place : place + count]))
        bare = _LABEL_FRAME.sub("", text)
        if text in names or bare in names:
            return names.get(text) or names[bare], count
    return "", 0


def could_be_title(line: Line) -> bool:
    """Whether the line reads like a title: short, no point of a list, no whole sentence, no caption."""
    return (
        4 <= len(line.text) <= _LONGEST_TITLE
        and not line.bullet
        and not _SENTENCE_END.search(line.text)
        and not _NO_TITLE.match(line.text)
        and "@" not in line.text
    )
