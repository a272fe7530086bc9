"""Which countries a story is about, in four languages."""

import pytest

from classifiers.judging.regions import regions
from classifiers.words.reading import read
from classifiers.words.wordlists import word_list


@pytest.mark.parametrize(
    ("title", "places"),
    [
        pytest.param("日 경제산업성, 반도체 보조금 지침 개정", ["JP"], id="ko-hanja-and-ministry"),
        pytest.param("美 상무부, 대중국 수출통제 품목 추가", ["US", "CN"], id="ko-two"),
        pytest.param("한·일 수소 협력 실무회의 열려", ["JP", "KR"], id="ko-korea-and-japan"),
        pytest.param("네덜란드 ASML, 차세대 장비 공개", ["NL"], id="ko-netherlands"),
        pytest.param("인도네시아 니켈 제련소 착공", ["ID"], id="ko-not-india"),
        pytest.param("단독일정 공개한 혁신이란 주제의 강연", [], id="ko-no-place-inside-words"),
        pytest.param("독일 연방정부, 수소 핵심망 승인", ["DE"], id="ko-germany"),
        pytest.param("経産省、蓄電池の支援策を公表", ["JP"], id="ja-ministry"),
        pytest.param("米エヌビディア、台湾に開発拠点", ["US", "TW"], id="ja-two"),
        pytest.param("欧州委、重要鉱物の備蓄案", ["EU"], id="ja-eu"),
        pytest.param("タイトル戦の行方", [], id="ja-thailand-is-not-in-title"),
        pytest.param("中国電力、島根の原発を再稼働", ["JP"], id="ja-chugoku-is-in-japan"),
        pytest.param("工信部印发人形机器人行动计划", ["CN"], id="zh-ministry"),
        pytest.param("美国商务部调整芯片出口规则", ["US"], id="zh-us"),
        pytest.param("南韓與臺灣擴大半導體合作", ["TW"], id="zh-traditional"),
        pytest.param("Germany and France agree on a hydrogen corridor", ["DE", "FR"], id="en-two"),
        pytest.param("Dutch chip tool maker raises outlook", ["NL"], id="en-people"),
        pytest.param("South Korea's Hanwha wins order", ["KR"], id="en-south-korea"),
        pytest.param("North Korea launches satellite", ["KP"], id="en-north-korea-only"),
        pytest.param("Let us polish the turkey", [], id="en-words-that-are-names-in-capitals"),
        pytest.param("Bundeskabinett beschließt Gesetz zum Stromnetz", ["DE"], id="de-cabinet"),
        pytest.param("IMF, 세계경제 성장률 전망 하향", ["WORLD"], id="ko-world"),
        ("미국과 중국, 관세 협상", ["US", "CN"]),
        ("TSMC in Germany", ["TW", "DE"]),
        ("us versus them", []),
        pytest.param("세계 최초로 개발한 소재", [], id="ko-world-first-is-no-place"),
    ],
)
def test_a_title_places_a_story(title: str, places: list[str]) -> None:
    assert regions(read(title), read("")) == places


def test_the_lead_is_asked_where_the_title_names_no_country() -> None:
    assert regions(read("수소 터빈 실증 시작"), read("호주 정부가 발표했다.")) == ["AU"]
    assert regions(read("베트남에 공장 착공"), read("미국 수출을 노린다.")) == ["VN"]
    assert regions(read("글로벌 배터리 시장 전망"), read("캐나다에서 열린 회의에서 나왔다.")) == ["CA"]


@pytest.mark.parametrize(
    ("title", "language", "country", "places"),
    [
        pytest.param("국내 로봇 기업, 투자 유치", "ko", "", ["KR"], id="home-word-korean"),
        pytest.param("政府、量子戦略を決定", "ja", "", ["JP"], id="home-word-japanese"),
        pytest.param("我国新能源装机快速增长", "zh", "", ["CN"], id="home-word-chinese"),
        pytest.param("배터리 재활용 공장 준공", "ko", "", ["KR"], id="language"),
        pytest.param("배터리 재활용 공장 준공", "", "", [], id="nothing-known"),
        pytest.param("Regulator clears merger", "en", "GB", ["GB"], id="country-of-the-source"),
        pytest.param("Regulator clears merger", "en", "", [], id="english-has-no-home"),
        pytest.param("Regulator clears merger", "en", "INT", [], id="a-source-of-no-country"),
        pytest.param("日本の新政策", "ja", "US", ["JP"], id="a-named-place-beats-the-source"),
        pytest.param("글로벌 공급망 재편", "ko", "KR", ["WORLD"], id="the-world-beats-the-source"),
    ],
)
def test_a_story_that_names_no_place_is_told_at_home(
    title: str, language: str, country: str, places: list[str]
) -> None:
    assert regions(read(title), read(""), language, country) == places


def test_a_survey_of_many_countries_names_four() -> None:
    assert regions(read("Japan, China, India, Brazil, Chile and Peru"), read("")) == ["JP", "CN", "IN", "BR"]


def test_the_gazetteer_covers_the_bulletins_world() -> None:
    known = word_list("regions", names=True).concepts - {"home", "nowhere"}
    assert len(known) >= 43
    assert {"EU", "ASEAN", "WORLD", "JP", "KR", "US", "CN", "TW", "DE", "FR", "GB"} <= known
    assert all(code in {"EU", "ASEAN", "WORLD"} or (len(code) == 2 and code.isupper()) for code in known)
