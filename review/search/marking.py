"""Pure: where in a text stands what was searched for."""

import re
from functools import lru_cache

from review.search.asking import PREFIX_FROM, Chunk, chunks, word_forms
from review.search.terms import Run, fold, runs

_LETTER = r"(?:(?![가-힣\u3005-\u9fff])[^\W_])"


def spans(text: str, query: str) -> list[tuple[int, int]]:
    """Where the words of a search stand in `text`, in its order, none over another."""
    pattern = _pattern(query)
    return [match.span() for match in pattern.finditer(_folded(text))] if pattern else []


@lru_cache(maxsize=64)
def _pattern(query: str) -> re.Pattern[str] | None:
    wanted = [_spelt(chunk) for chunk in chunks(query) if not chunk.excluded]
    # The longer where two begin alike.
    return re.compile("|".join(sorted(wanted, key=len, reverse=True))) if wanted else None


def _spelt(chunk: Chunk) -> str:
    found = list(runs(fold(chunk.text)))
    last = found[-1]
    goes_on = not chunk.quoted and len(last.text) >= PREFIX_FROM
    if len(found) == 1 and not last.is_cjk and not chunk.quoted:
        forms = (
            _word(form.terms[0], prefix=form.prefix)
            for form in sorted(word_forms(last.text), key=lambda form: -len(form.terms[0]))
        )
        return f"(?:{'|'.join(forms)})"
    return r"[\W_]*".join(_run(run, prefix=run is last and goes_on) for run in found)


def _run(run: Run, *, prefix: bool) -> str:
    if not run.is_cjk:
        return _word(run.text, prefix=prefix)
    # Where the index looks past a space, so do we.
    gap = r"[\s·\-]?" if len(run.text) >= 4 and "가" <= run.text[0] <= "힣" else ""
    return gap.join(map(re.escape, run.text))


def _word(text: str, *, prefix: bool) -> str:
    return f"(?<!{_LETTER}){re.escape(text)}{f'{_LETTER}*' if prefix else f'(?!{_LETTER})'}"


def _folded(text: str) -> str:
    """`text` with every character folded by itself, so that places in it are places in the original."""
    return "".join(map(_folded_character, text))


@lru_cache(maxsize=8192)
def _folded_character(character: str) -> str:
    folded = fold(character)
    return folded if len(folded) == 1 else character
