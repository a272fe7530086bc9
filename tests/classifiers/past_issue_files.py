"""Two invented issues, one a bulletin, and programs that make files of them as editors' programs do."""

import zipfile
from collections.abc import Sequence
from io import BytesIO
from xml.sax.saxutils import escape

#: 월간 Japan Insight, as its author's manuscript has it: a section's name, a title, subheads, a list of references.
JAPAN = """월간 Japan Insight 2031.4.
일본경제
가상의 내수 회복, 지방 소비가 이끌다
소비 지표의 반등
□ 가나다현의 소매 판매가 세 분기 연속 늘어난 것으로 조사
o 관광객의 지출이 늘고 임금이 오른 데 따른 것으로 분석(가나다은행, 2031.3.2.)
· 다만 물가의 상승이 이어질 경우 회복이 둔화될 우려도 존재
참고문헌
架空一郎, 地方消費の持ち直し, 架空経済新聞, 2031.3.4.
架空花子, 仮想次郎, 賃上げの波、地方へ, 週刊かくう, 2031年2月11日
기술·AI
공장의 눈이 된 카메라, 숙련공을 돕다
□ 가상정밀은 검사 공정에 카메라와 인공지능을 도입
o 숙련공의 판단을 배운 모형이 흠집을 찾아 사람에게 알림
o 시간당 검사량이 두 배로 늘었다고 발표(架空太郎, 匠の目を写すカメラ, 架空技報, 2031.1.9. 검색)
· 계획 기간(2030.1.1.~2032.12.31.) 안에 모든 공장에 설치할 방침
참고문헌
架空太郎, 匠の目を写すカメラ, 架空技報, 2031.1.9.
기업전략
부품을 빌려 쓰는 가상모터스의 실험
□ 가상모터스는 부품을 팔지 않고 빌려 주는 사업을 시작
o 거두어들인 부품을 다시 가공하여 원가를 낮춤
o 거래처 열두 곳이 참여하기로 합의
· 참여사는 내년에 스무 곳으로 늘어날 전망
참고문헌
1) 想像自動車, 部品を「貸す」事業の開始について, 2031.2.20.
2) 架空三郎, 部品レンタルの損得, 1,200社の調査から, 架空産業日報, 2031.3.1.
"""

#: (order, section, title, number of citations) as one counts them by eye.
JAPAN_ARTICLES = [
    (1, "일본경제", "가상의 내수 회복, 지방 소비가 이끌다", 3),
    (2, "기술·AI", "공장의 눈이 된 카메라, 숙련공을 돕다", 1),
    (3, "기업전략", "부품을 빌려 쓰는 가상모터스의 실험", 2),
]

#: The same bulletin as text taken out of a printed page: every line broken and parted by an empty one, a title last on
#: its page, page ends as a space at the next line's head, running heads and a link among the lines.
JAPAN_PRINTED = (
    " * 본 자료에 대한 문의 : 홍길동 소장(hong@example.org) \n \n\n"
    "소비 지표의 반등 \n\n"
    "  가나다현의 소매 판매가 세 분기 연속 늘어난 것으로 조사되었으며 지출이 늘\n\n"
    "어난 데 따른 것으로 분석됨.  \n\n"
    "o  다만 물가의 상승이 이어질 경우 회복이 둔화될 수 있음(架空一郎, 地方消費の\n\n"
    "持ち直し, 架空経済新聞, 2031.3.4.)  \n\n\n\n\n"
    "가상의 내수 회복, 지방 소비가 이끌다 \n\nmailto:hong@example.org\n\n\n\n"
    "4 월간 Japan Insight 2031.4. \n\n"
    "  임금이 오른 데에는 인력 부족이 크게 작용하고 있는 것으로 보임(가나다은행, \n"
    " 2031.3.2.) \n\n"
    "o  최저임금의 인상도 예정되어 있음.  \n"
    " 검사 공정의 변화 \n\n"
    "  가상정밀은 검사 공정에 카메라와 인공지능을 도입하여 흠집을 찾는 데 주력하고 있으며 이를 통\n\n\n\n\n"
    "공장의 눈이 된 카메라, 숙련공을 돕다 \n"
    " 해 시간당 검사량이 두 배로 늘었음.  \n\n"
    "o  내년에는 모든 공장에 설치할 방침임.  \n\n\n\n\n"
    "46 월간 Japan Insight 2031.4. \n\n"
    "o  숙련공의 판단을 배우는 데에는 두 해가 걸림.  \n"
)

#: 산업기술 동향 워치: a summary, headings with their source, feet, a table of notices.
WATCH = """산업기술 동향워치 2031년 3호 요약
구분 주요 내용 페이지
이슈
포커스
∙ 가상국의 광자 칩 육성 계획 (英 VDST, 2.3)
- 광자 칩의 생산을 돕는 다섯 해 계획을 개괄
1
산업·
기술
동향
∙ 바닷물에서 마그네슘을 얻는 공정의 경제성 (日 가상종합연구소, 2.5)
- 두 공정의 비용을 비교
3
정책
동향
∙ 물류 로봇의 인도 통행 기준 (獨 BMGV, 2.10)
- 무게와 속도의 한도를 제시
5
유망
기술
클리핑
∙ (신소재) 조개껍데기 단열재
- 버려지는 껍데기로 만든 단열재
∙ (에너지) 빗물 발전 타일
- 빗방울의 충격으로 전기를 얻음
이슈포커스
가상국의 광자 칩 육성 계획 (英 VDST, 2.3)
가상국 과학부가 광자 칩의 생산을 돕는 다섯 해 계획을 발표
- 설계와 시험 시설을 세 곳에 두기로 함
※ 시설은 중소기업에 먼저 개방(獨 연구소 협력, 2.1)
(참고 : VDST, A Plan for Light, and for Chips, 2031.02.03.)
바닷물에서 마그네슘을 얻는
공정의 경제성 (日 가상종합연구소, 2.5)
가상종합연구소가 두 공정의 비용을 비교
- 전기를 쓰는 공정이 세 해 뒤에 싸질 것으로 전망
(참고 : 仮想総研, 海水マグネシウム製造の経済性（第2版）2031.2.)
물류 로봇의 인도 통행 기준 (獨 BMGV, 2/10)
교통부가 인도를 다니는 로봇의 기준을 제시
- 무게 60kg, 시속 6km 를 한도로 함
(참고 : BMGV, Roboter auf dem Gehweg, 2031.02.10.)
분류 기술명 주요 내용 출처
신소재
조개껍데기
단열재
∙ 버려지는 껍데기를 갈아 만든 단열재
- 열을 막는 힘이 유리 섬유와 같음
Imaginary
Daily
(2.02)
- 불에 타지 않아
안전함
전기
빗물 발전 타일
∙ 빗방울의 충격으로 전기를 얻는 타일
- 한 장이 전등 하나를 밝힘
VNews
(12.30)
"""

WATCH_ARTICLES = [
    (1, "이슈포커스", "가상국의 광자 칩 육성 계획", 1),
    (2, "산업·기술동향", "바닷물에서 마그네슘을 얻는 공정의 경제성", 1),
    (3, "정책동향", "물류 로봇의 인도 통행 기준", 1),
    (4, "유망기술 클리핑", "조개껍데기 단열재", 1),
    (5, "유망기술 클리핑", "빗물 발전 타일", 1),
]


def txt(text: str) -> bytes:
    return text.encode()


def cp949(text: str) -> bytes:
    """As an older Windows saves it; what that cannot write it leaves out."""
    return text.replace("∙", "·").encode("cp949", "ignore")


def md(text: str) -> bytes:
    """Section names and titles as headings, the first line as a title."""
    lines = text.splitlines()
    return "\n".join(
        [f"# {lines[0]}", *(f"## **{line}**" if line in _SECTIONS else line for line in lines[1:])]
    ).encode()


_SECTIONS = {section for _order, section, _title, _count in (*JAPAN_ARTICLES, *WATCH_ARTICLES)}

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_HP = "http://www.hancom.co.kr/hwpml/2011/paragraph"


def docx(text: str, *, footnote: str = "") -> bytes:
    """Every line a paragraph, the last three in a table's cell; the first may have a footnote."""
    lines = [_w_paragraph(line) for line in text.splitlines()]
    if footnote:
        lines[0] = lines[0].replace("</w:p>", '<w:r><w:footnoteReference w:id="2"/></w:r></w:p>')
    body = "".join(lines[:-3]) + f"<w:tbl><w:tr><w:tc>{''.join(lines[-3:])}</w:tc></w:tr></w:tbl>"
    notes = f'<w:footnotes xmlns:w="{_W}"><w:footnote w:id="2">{_w_paragraph(footnote)}</w:footnote></w:footnotes>'
    return zipped(
        {
            "word/document.xml": f'<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>',
            "word/footnotes.xml": notes,
        }
    )


def _w_paragraph(line: str) -> str:
    half = len(line) // 2
    runs = "".join(
        f'<w:r><w:t xml:space="preserve">{escape(part)}</w:t></w:r>' for part in (line[:half], line[half:])
    )
    return f"<w:p><w:pPr><w:jc/></w:pPr>{runs}<w:del><w:r><w:delText>지움</w:delText></w:r></w:del></w:p>"


def hwpx(text: str) -> bytes:
    """Two sections; the second's last three lines in a table's cell, and a running head that is no text."""
    lines = [_hp_paragraph(line) for line in text.splitlines()]
    head = (
        f"<hp:p><hp:run><hp:ctrl><hp:header>{_hp_paragraph('머리말')}</hp:header></hp:ctrl></hp:run></hp:p>"
    )
    cell = f"<hp:tc><hp:subList>{''.join(lines[-3:])}</hp:subList></hp:tc>"
    table = f"<hp:p><hp:run><hp:tbl><hp:tr>{cell}</hp:tr></hp:tbl></hp:run></hp:p>"
    parts = [head + "".join(lines[:4]), "".join(lines[4:-3]) + table]
    members = {
        f"Contents/section{number}.xml": f'<hs:sec xmlns:hs="{_HP}" xmlns:hp="{_HP}">{part}</hs:sec>'
        for number, part in enumerate(parts)
    }
    return zipped({"mimetype": "application/hwp+zip", **members})


def _hp_paragraph(line: str) -> str:
    return f"<hp:p><hp:run><hp:t>{escape(line)}<hp:markpenBegin/></hp:t></hp:run><hp:linesegarray/></hp:p>"


def zipped(members: dict[str, str]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def pdf(pages: Sequence[Sequence[tuple[str, int]]]) -> bytes:
    """A page's lines with their heights above its foot, drawn in this order."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{6 + 2 * n} 0 R' for n in range(len(pages)))}] >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /Batang /Encoding /Identity-H /DescendantFonts [4 0 R] /ToUnicode 5 0 R >>",
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Batang /DW 1000 /CIDToGIDMap /Identity"
        " /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
        " /FontDescriptor << /Type /FontDescriptor /FontName /Batang /Flags 4 /ItalicAngle 0 /Ascent 800 /Descent -200"
        " /CapHeight 700 /StemV 80 /FontBBox [0 -200 1000 800] >> >>",
        _stream(_TO_UNICODE),
    ]
    for number, lines in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 1000] /Contents {7 + 2 * number} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        drawn = (
            f"BT /F1 10 Tf 1 0 0 1 40 {height} Tm <{line.encode('utf-16-be').hex()}> Tj ET"
            for line, height in lines
        )
        objects.append(_stream("\n".join(drawn)))
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = len(out)
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}".encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF".encode()
    return bytes(out)


def pdf_of(text: str) -> bytes:
    """The text line by line, forty on a page."""
    lines = text.splitlines()
    chunks = [lines[place : place + 40] for place in range(0, len(lines), 40)]
    return pdf([[(line, 960 - 20 * row) for row, line in enumerate(chunk)] for chunk in chunks])


#: A code is a UTF-16 unit.
_TO_UNICODE = (
    "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Own def /CMapType 2 def\n"
    "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
    + "".join(
        f"{min(100, 256 - first)} beginbfrange\n"
        + "".join(
            f"<{high:02X}00> <{high:02X}FF> <{high:02X}00>\n" for high in range(first, min(first + 100, 256))
        )
        + "endbfrange\n"
        for first in range(0, 256, 100)
    )
    + "endcmap end end"
)


def _stream(content: str) -> str:
    return f"<< /Length {len(content.encode())} >>\nstream\n{content}\nendstream"
