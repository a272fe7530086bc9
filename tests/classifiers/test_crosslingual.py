"""What must be shared before two texts in two languages are one story."""

from datetime import timedelta

import pytest

from classifiers.encoders import ENCODERS
from classifiers.stories.crosslingual import (
    THRESHOLDS,
    WINDOW,
    Invariants,
    Thresholds,
    invariants,
    same_story,
    shared,
)
from monitor.texts.figures import Figure

USUAL = Thresholds(likely=0.8, sure=0.9)
HOUR = timedelta(hours=1)


def told(line: str) -> Invariants:
    language, _, title = line.partition(": ")
    return invariants(title, language=language)


def same(one: str, other: str, cosine: float = 0.95, apart: timedelta = HOUR) -> bool:
    forth, back = told(one), told(other)
    result = same_story(forth, back, cosine, apart, USUAL)
    assert same_story(back, forth, cosine, -apart, USUAL) == result
    return result


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ja: ラピダスに1兆円追加支援", "ko: 라피더스에 1조 엔 추가 지원"),
        ("ko: 3,000억 원 규모 펀드 조성하는 네이버", "en: Naver sets up fund of 300 billion won"),
        ("zh: 台积电将在亚利桑那州投资1000亿美元", "ja: TSMC、アリゾナ州に1000億ドル投資"),
        ("ja: 蒼穹テックとAltana、12月3日に統合", "ko: Altana, 창공테크와 12월 3일 합병"),
        ("de: Volkswagen streicht 35.000 Stellen in Dresden", "en: Volkswagen to cut 35,000 jobs in Dresden"),
        (
            "en: Sony lifts profit forecast to 1.05 trillion yen",
            "ja: ソニー、純利益予想を1兆482億円に上方修正",
        ),
    ],
)
def test_a_translation_is_the_same_story(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("ja: 日銀、政策金利を0.75%に", "en: Bank of Japan keeps rate at 0.5%", id="other-rate"),
        pytest.param("ja: トヨタ、米で43万台リコール", "en: Nissan recalls 430,000 vehicles in US", id="other-company"),
        pytest.param("ja: トヨタ、米で43万台リコール", "en: Toyota recalls 170,000 vehicles in US", id="other-number"),
        pytest.param("en: European Commission fines Google 100 million euros", "ko: EU 집행위, 메타에 과징금 1억 유로", id="one-office-two-companies"),
        pytest.param("ko: 한국 3분기 GDP 1.2% 성장", "en: Japan's GDP grows 1.2% in Q3", id="other-country"),
        pytest.param("ko: 삼성전자 3분기 영업이익 12조원", "en: Samsung Q4 operating profit 12 trillion won", id="other-quarter"),
        pytest.param("ja: IEAが新しい見通し", "ko: IEA 전망 보고서 발간", id="one-name-is-too-little"),
        pytest.param("ja: 新しい半導体の戦略", "ko: 새로운 반도체 전략", id="nothing-shared"),
        pytest.param("ja: ラピダスに1兆円追加支援", "ja: ラピダスへの追加支援1兆円", id="one-language"),
    ],
)  # fmt: skip
def test_a_near_miss_is_another_story(one: str, other: str) -> None:
    assert not same(one, other)


def test_the_less_alike_the_more_must_be_shared() -> None:
    little = ("ja: トヨタ、新型車を発表", "ko: 도요타, 신차 공개")
    much = ("ja: トヨタ、12月3日に新型車を5万台", "ko: 도요타, 12월 3일 신차 5만대 출시")
    assert same(*little, cosine=0.92)
    assert not same(*little, cosine=0.85)
    assert same(*much, cosine=0.85)
    assert not same(*much, cosine=0.75)


def test_what_is_told_days_later_is_what_followed() -> None:
    pair = ("ja: ラピダスに1兆円追加支援", "ko: 라피더스에 1조 엔 추가 지원")
    assert same(*pair, apart=WINDOW)
    assert not same(*pair, apart=WINDOW + HOUR)


def test_invariants_are_names_places_and_figures() -> None:
    found = invariants("ラピダスとASML、11月20日に提携", "米IBMも加わる。2nm世代のGAAを使う。", "ja")
    assert found.subjects == {"rapidus", "asml"}
    assert found.names == {"rapidus", "asml", "ibm"}
    assert found.latin == {"gaa"}
    assert "JP" in found.places
    assert {Figure("day", 1120), Figure("number", 2)} <= found.figures


def test_a_listed_name_counts_once_however_it_is_written() -> None:
    assert shared(told("ko: SK하이닉스 소식"), told("en: News of SK hynix")) == 2.5


def test_a_capitalised_word_is_no_name_between_english_and_german() -> None:
    assert shared(told("en: The November Quartal Plan"), told("de: Der Quartal Plan im November")) <= 1


def test_every_encoder_has_its_cosines() -> None:
    assert set(THRESHOLDS) == {encoder.name for encoder in ENCODERS.values()}  # type: ignore[attr-defined]
