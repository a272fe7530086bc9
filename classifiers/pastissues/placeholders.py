"""Pure: what our own drafts print where nobody wrote anything yet (`review.exports`): read back, it says nothing."""

#: What an article lacks, and what its citation lacks.
NO_HEADLINE, NO_SUMMARY, NO_FIELD = "제목 없음", "내용 없음", "분야 없음"
NO_SOURCE, NO_ORIGINAL, NO_DATE = "출처 없음", "원제 없음", "날짜 없음"


def said(text: str) -> str:
    """The text; "" where it is a placeholder of a citation, in brackets or not."""
    return "" if text.strip("() ") in {NO_SOURCE, NO_ORIGINAL, NO_DATE} else text
