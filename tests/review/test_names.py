"""How people's names are written."""

import pytest

from review.accounts.names import full_name


@pytest.mark.parametrize(
    ("first", "last", "full"),
    [
        ("하늘", "김", "김하늘"),
        ("민수", "남궁", "남궁민수"),
        ("Ada", "Lovelace", "Ada Lovelace"),
        ("Haneul", "", "Haneul"),
        ("하늘", "", "하늘"),
        ("", "김", "김"),
        ("", "Kim", "Kim"),
        ("하늘", "Kim", "하늘 Kim"),
    ],
)
def test_a_name_in_hangul_has_the_family_name_first(first: str, last: str, full: str) -> None:
    assert full_name(first, last) == full
