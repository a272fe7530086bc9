"""Two invented issues, one a bulletin, and one of each in which nothing but the stories is there yet."""

from dataclasses import replace
from datetime import date

from review.issues.citing import Cited
from review.issues.draft import DraftArticle, DraftSection, IssueDraft


def cited(named: str, medium: str, title: str, day: date | None, author: str = "") -> Cited:
    return Cited(author, title, medium, named, day, f"https://{sum(map(ord, title))}.example/(a)?b=1&c=2")


WATCH = IssueDraft(
    bulletin="kiat-watch",
    name="산업기술 동향 워치",
    number="2031-05",
    published_on=date(2031, 3, 3),
    citation="heading",
    sections=(
        DraftSection(
            "이슈포커스",
            (
                DraftArticle(
                    "가나다국의 첨단 소재 10개년 계획과 중점 투자 분야",
                    "가나다국 산업부가 소재 산업의 자립을 위한 10개년 계획과 다섯 가지 중점 투자 분야를 발표\n\n"
                    "- 해마다 예산을 1,200억 가나로 늘리고, 그 절반을 소재 시험 설비에 배정\n"
                    "- 중소기업이 함께 쓰는 시험 설비를 네 곳에 설치하여 개발 기간을 절반으로 단축할 방침\n"
                    "※ 설비를 빌리는 값은 정부와 지방자치단체가 나누어 부담\n\n"
                    "계획은 소재 설계, 시험, 양산의 세 단계로 나뉘며 단계마다 점검을 거쳐 다음 해 예산을 정하기로 결정\n"
                    "- 첫 점검은 2033년에 실시",
                    cited=cited(
                        "日 가상산업성", "架空産業省", "先端素材十か年計画について", date(2031, 1, 13)
                    ),
                ),
            ),
        ),
        DraftSection(
            "산업·기술동향",
            (
                DraftArticle(
                    "세계 전력 저장 시장의 성장과 과제 점검",
                    "전력 저장 설비가 두 해 만에 두 배로 늘어난 까닭과 남은 과제를 분석\n"
                    "- 값이 내려가고 규제가 풀린 것이 성장의 주된 요인인 것으로 집계",
                    cited=cited(
                        "Imaginary Insights",
                        "Imaginary Insights",
                        "Storage, Grids & the Price of Waiting",
                        date(2031, 2, 16),
                    ),
                ),
                DraftArticle(
                    "일본의 로봇 부품 개발 추진 현황 (종합)",
                    "로봇 관절 부품을 자체 개발하는 중견 기업 다섯 곳의 전략을 소개",
                    cited=cited(
                        "日 가상리서치센터, 2月",
                        "架空リサーチセンター",
                        "関節部品に挑む中堅企業",
                        date(2031, 2, 1),
                    ),
                ),
                DraftArticle(
                    "영국의 폐배터리 회수 체계 검토",
                    "- 회수율을 높이기 위한 기술적·정책적 과제를 검토\n- 회수 책임을 제조사에 두는 방안을 제안",
                    cited=cited(
                        "英 Office for Fiction",
                        "Office for Fiction",
                        "What stops us from collecting batteries?",
                        date(2031, 2, 21),
                    ),
                ),
            ),
        ),
        DraftSection(
            "정책동향",
            (
                DraftArticle(
                    "독일 양자기술 실행계획 발표",
                    "양자기술 연구 역량을 모으고 전략적으로 지원하기 위한 연방 부처의 실행계획을 개괄",
                    cited=cited(
                        "獨 BMXY",
                        "BMXY",
                        "Aktionsplan Quantentechnik: Vom Labor in den Alltag",
                        date(2031, 2, 20),
                    ),
                ),
                DraftArticle(
                    "중국 가상시의 상업용 위성 산업 육성 조치",
                    "2035년까지 위성 부품의 국산화율을 90%로 올리기 위한 4대 과제를 제시",
                    cited=cited(
                        "中 架空市人民政府",
                        "架空市人民政府",
                        "架空市促进商业卫星产业发展行动计划（2031—2035年）",
                        date(2031, 2, 18),
                    ),
                ),
            ),
        ),
        DraftSection(
            "유망기술 클리핑",
            (
                DraftArticle(
                    "공기 중 열을 모으는 도료",
                    "낮에 모은 열을 밤에 내놓아 난방비를 줄이는 건물 외벽용 도료\n"
                    "- 칠한 벽의 온도가 밤에도 네 시간 동안 5도 높게 유지\n"
                    "※ 두께 0.3mm 기준",
                    field="신소재",
                    cited=cited(
                        "Made-up Daily", "Made-up Daily", "Paint that keeps the day", date(2031, 2, 5)
                    ),
                ),
                DraftArticle(
                    "물로 끄는 배터리 팩",
                    "과열된 칸만 골라 물을 채워 불이 번지지 않게 하는 배터리 팩",
                    field="배터리",
                    cited=cited("架空新聞", "架空新聞", "水で消える電池", date(2031, 2, 28)),
                ),
                DraftArticle(
                    "손글씨를 읽는 재고 관리 AI",
                    "∙ 창고의 손글씨 장부를 읽어 재고표로 바꾸는 모형\n- 오류율은 0.4%로 숙련자의 절반 수준",
                    field="AI",
                    cited=cited(
                        "TCN", "Techno Chronicle (Weekend Edition)", "Ledgers, at last", date(2031, 2, 27)
                    ),
                ),
            ),
            clippings=True,
        ),
    ),
)

_LONG = (
    "{0}의 배경\n"
    "□ {0} 지표가 세 분기 연속 늘어난 것으로 조사되었으며, 지출과 임금이 함께 늘어난 데 따른 것으로 분석\n"
    "o 가나다현에서는 소매 판매가 4.1% 늘어 전국 평균을 웃돌았음\n"
    "· 다만 물가의 상승이 이어질 경우 회복이 둔화될 우려도 존재\n"
    "o 지방 은행의 대출도 두 해 만에 늘어남\n\n"
    "앞으로의 전망\n"
    "□ 내년에도 같은 흐름이 이어질 것으로 전망되나, 원자재 가격이 변수로 작용할 전망\n"
    "※ 전망은 가나다은행의 조사에 따름"
)

JAPAN = IssueDraft(
    bulletin="japan-insight",
    name="월간 Japan Insight",
    number="2031-04",
    published_on=date(2031, 4, 1),
    citation="reference",
    sections=(
        DraftSection(
            "일본경제",
            (
                DraftArticle(
                    "가상의 내수 회복, 지방 소비가 이끌다",
                    _LONG.format("지방 소비"),
                    cited=cited(
                        "日 가상경제신문", "架空経済新聞", "地方消費の持ち直し", date(2031, 3, 4), "架空一郎"
                    ),
                    responsible="김하나",
                ),
                DraftArticle(
                    "임금 인상의 물결, 작은 회사에도",
                    _LONG.format("임금"),
                    cited=cited(
                        "日 주간가상",
                        "週刊かくう",
                        "賃上げの波、地方へ",
                        date(2031, 2, 11),
                        "架空花子, 仮想次郎",
                    ),
                ),
            ),
        ),
        DraftSection(
            "기술·AI",
            (
                DraftArticle(
                    "공장의 눈이 된 카메라, 숙련공을 돕다",
                    _LONG.format("검사 자동화"),
                    cited=cited(
                        "日 가상산업성", "架空産業省", "外観検査の自動化に関する調査", date(2031, 1, 9)
                    ),
                ),
            ),
        ),
        DraftSection("기업전략"),
        DraftSection(
            "정책·지역",
            (
                DraftArticle(
                    "빈집을 공방으로 바꾸는 가상시의 실험",
                    _LONG.format("빈집 활용"),
                    cited=cited("日 가상시", "架空市", "空き家, 工房になる", date(2031, 3, 20), "想像太郎"),
                ),
            ),
        ),
        DraftSection(
            "기업사례",
            (
                DraftArticle(
                    "부품을 빌려 쓰는 가상모터스",
                    "가상모터스는 부품을 팔지 않고 빌려 주는 사업을 시작함.",
                    cited=cited(
                        "日 가상모터스",
                        "架空モーターズ",
                        "部品を「貸す」事業の開始について",
                        date(2031, 2, 20),
                    ),
                ),
            ),
        ),
    ),
)


def bare(draft: IssueDraft) -> IssueDraft:
    """The issue as it is before anybody wrote a word: only the stories' original titles and addresses."""
    return replace(
        draft,
        published_on=None,
        sections=tuple(
            replace(section, articles=tuple(_bare(article) for article in section.articles))
            for section in draft.sections
        ),
    )


def _bare(article: DraftArticle) -> DraftArticle:
    return DraftArticle("", cited=Cited(title=article.cited.title, url=article.cited.url))
