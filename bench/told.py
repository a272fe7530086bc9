"""Invented headlines in five languages: lines of one paragraph tell one event, paragraphs of one block nearly the same.

Every event is made up. A line is a language, a headline and, after " / ", a lead.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One headline."""

    language: str
    title: str
    lead: str
    #: Which event it tells, and which block that stands in: others of the block are near misses.
    event: int
    block: int


_BLOCKS = """
ja: ラピダス、千歳工場に5000億円追加投資 27年量産へ / ラピダスは20日、北海道千歳市の半導体工場に5000億円を追加投資すると発表した。
ko: 라피더스, 지토세 공장에 5000억 엔 추가 투자…2027년 양산 / 라피더스가 20일 홋카이도 지토세 반도체 공장에 5000억 엔을 추가로 투자한다고 밝혔다.
en: Rapidus to invest another 500 billion yen in Hokkaido chip plant / The Japanese chipmaker aims for mass production in 2027.
zh: Rapidus将向北海道千岁工厂追加投资5000亿日元

ja: ラピダス、千歳工場に8000億円の政府支援 経産省が追加決定 / 経済産業省は20日、ラピダスへの8000億円の追加支援を決めた。
ko: 일본 경제산업성, 라피더스에 8000억 엔 추가 지원 결정
en: Japan approves additional 800 billion yen in support for Rapidus

ja: キオクシア、北上工場に5000億円投資 メモリー増産
ko: 키옥시아, 기타카미 공장에 5000억 엔 투자해 메모리 증산
en: Kioxia to spend 500 billion yen expanding Kitakami memory plant
===
ko: 삼성전자, 평택 P5 공장에 30조원 투자 확정 / 삼성전자가 평택캠퍼스 5라인에 30조원을 투자하기로 했다.
en: Samsung Electronics to invest 30 trillion won in Pyeongtaek P5 line / The company will build its fifth line to meet demand for HBM.
ja: サムスン電子、平沢P5工場に30兆ウォン投資
zh: 三星电子将投资30万亿韩元建设平泽P5工厂

ko: SK하이닉스, 용인 1기 팹에 30조원 투자 확정
en: SK hynix to invest 30 trillion won in first Yongin fab
ja: SKハイニックス、龍仁第1工場に30兆ウォン投資

ko: 삼성전자, 3분기 영업이익 12조원…전년 대비 31% 증가 / 삼성전자는 3분기 매출 86조원, 영업이익 12조원을 기록했다고 공시했다.
en: Samsung Electronics posts Q3 operating profit of 12 trillion won, up 31%
ja: サムスン電子、7〜9月営業益31%増の12兆ウォン
===
ja: 日銀、政策金利0.75%に引き上げ 全員一致 / 日本銀行は金融政策決定会合で政策金利を0.75%に引き上げることを決めた。
ko: 일본은행, 기준금리 0.75%로 인상…만장일치
en: Bank of Japan raises policy rate to 0.75% in unanimous vote
zh: 日本央行将政策利率上调至0.75%
de: Bank of Japan erhöht Leitzins auf 0,75 Prozent

ja: 日銀、政策金利0.5%で据え置き 植田総裁「状況を見極める」
ko: 일본은행, 기준금리 0.5% 동결…우에다 총재 "상황 지켜볼 것"
en: Bank of Japan keeps policy rate at 0.5%, Ueda says will watch conditions

ko: 한국은행, 기준금리 2.25%로 인하…두 차례 연속 / 한국은행 금융통화위원회가 기준금리를 0.25%포인트 내렸다.
en: Bank of Korea cuts key rate to 2.25%, second straight reduction
ja: 韓国銀行、政策金利2.25%に引き下げ 2会合連続

en: ECB holds deposit rate at 2.0 percent, sees balanced risks
de: EZB lässt Einlagensatz bei 2,0 Prozent
ko: 유럽중앙은행, 예금금리 2.0% 동결
ja: 欧州中央銀行、中銀預金金利2.0%で据え置き
===
ja: トヨタ、全固体電池車を2028年に発売 出光と量産 / トヨタ自動車と出光興産は全固体電池の量産で合意した。
ko: 도요타, 2028년 전고체 배터리 차량 출시…이데미쓰와 양산
en: Toyota to launch solid-state battery EV in 2028 with Idemitsu
zh: 丰田2028年推出全固态电池汽车 与出光量产

ja: ホンダ、全固体電池車を2029年に発売 栃木で量産
ko: 혼다, 2029년 전고체 배터리 차량 출시…도치기서 양산
en: Honda plans solid-state battery EV for 2029, built in Tochigi

ja: トヨタ、米国で43万台リコール 後方カメラに不具合
ko: 도요타, 미국서 43만대 리콜…후방 카메라 결함
en: Toyota recalls 430,000 vehicles in US over rear camera fault

ja: 日産、米国で17万台リコール エンジンに不具合
ko: 닛산, 미국서 17만대 리콜…엔진 결함
en: Nissan recalls 170,000 vehicles in US over engine fault
===
zh: 宁德时代在匈牙利工厂启动量产 年产能40吉瓦时
en: CATL starts mass production at Hungary plant with 40 GWh annual capacity
ko: CATL 헝가리 공장 양산 개시…연산 40GWh
ja: CATL、ハンガリー工場で量産開始 年40ギガワット時
de: CATL startet Massenproduktion in Ungarn mit 40 GWh

zh: 比亚迪匈牙利工厂推迟至2027年投产
en: BYD delays Hungary plant start to 2027
ko: BYD 헝가리 공장 가동 2027년으로 연기
ja: BYD、ハンガリー工場の稼働を2027年に延期

ko: LG에너지솔루션, 애리조나 ESS 공장 7조원 투자 재개
en: LG Energy Solution resumes 7 trillion won Arizona storage battery plant
ja: LGエネソル、アリゾナ蓄電池工場への7兆ウォン投資を再開
===
en: US Commerce Department adds 43 Chinese firms to export blacklist / The additions target AI chips and quantum computing.
zh: 美国商务部将43家中国企业列入出口管制清单
ja: 米商務省、中国企業43社を禁輸リストに追加
ko: 미 상무부, 중국 기업 43곳 수출통제 명단에 추가

en: US adds 27 Chinese entities to import ban list over forced labor
ja: 米政府、中国27社を輸入禁止リストに追加 強制労働で
ko: 미국, 강제노동 이유로 중국 27개 기업 수입금지 명단에 추가

zh: 商务部宣布对镓、锗出口实施新许可制度 12月1日起施行
en: China's Commerce Ministry sets new licensing rules for gallium, germanium exports from Dec 1
ja: 中国商務省、ガリウム・ゲルマニウム輸出に新許可制 12月1日から
ko: 중국 상무부, 갈륨·게르마늄 수출 새 허가제…12월 1일 시행

zh: 商务部宣布暂停稀土出口管制措施一年
en: China's Commerce Ministry suspends rare earth export controls for one year
ja: 中国商務省、レアアース輸出規制を1年停止
ko: 중국 상무부, 희토류 수출통제 1년 유예
===
ko: 산업통상부, 반도체 특별법 시행령 입법예고…보조금 근거 마련 / 산업통상부는 21일 반도체특별법 시행령 제정안을 입법예고한다고 밝혔다.
en: Korea's Ministry of Trade previews decree for chip special act with subsidy clause
ja: 韓国産業通商部、半導体特別法の施行令を予告 補助金の根拠

ko: 산업통상부, 2035년까지 로봇 100만대 보급 전략 발표
en: Korea's Ministry of Trade sets goal of 1 million robots by 2035
ja: 韓国産業通商部、2035年までにロボット100万台普及へ

ko: 과기정통부, GPU 5만장 확보 계획 앞당긴다…2027년 완료
en: Ministry of Science and ICT speeds up plan to secure 50,000 GPUs, to finish in 2027
ja: 韓国科学技術情報通信部、GPU5万基の確保を前倒し 27年完了

ko: 산업통상부, 11월 1~20일 수출 8.2% 증가…반도체 26.5%↑
en: South Korea exports rise 8.2% in Nov 1-20, chips up 26.5%
ja: 韓国の輸出、11月1〜20日は8.2%増 半導体26.5%増
zh: 韩国11月1日至20日出口增长8.2% 半导体增26.5%

ko: 산업통상부, 10월 수출 3.6% 증가…반도체 25.4%↑
en: South Korea exports up 3.6% in October, chips rise 25.4%
ja: 韓国の10月輸出、3.6%増 半導体は25.4%増
===
ja: 7〜9月期GDP、年率1.8%減 6四半期ぶりマイナス / 内閣府が17日発表した実質GDP速報値は年率換算で1.8%減だった。
ko: 일본 3분기 GDP 연율 1.8% 감소…6분기 만에 마이너스
en: Japan's economy shrinks annualised 1.8% in Q3, first contraction in six quarters
zh: 日本第三季度GDP折合年率下降1.8%

ko: 3분기 GDP 1.2% 성장…1년 6개월 만에 최고 / 한국은행은 3분기 실질 국내총생산이 전기 대비 1.2% 늘었다고 밝혔다.
en: South Korea's GDP grows 1.2% in Q3, fastest in six quarters
ja: 韓国の7〜9月期GDP、1.2%増 1年半ぶり高水準

de: Deutsche Wirtschaft stagniert im dritten Quartal
en: German economy stagnates in third quarter
ja: ドイツの7〜9月期GDP、ゼロ成長
ko: 독일 3분기 성장률 0%…정체

ja: 10月の消費者物価、3.0%上昇 コメは37%高
en: Japan's consumer prices rise 3.0% in October, rice up 37%
ko: 일본 10월 소비자물가 3.0% 상승…쌀값 37%↑

ja: 9月の消費者物価、2.9%上昇
en: Japan's consumer prices rise 2.9% in September
ko: 일본 9월 소비자물가 2.9% 상승
===
en: Nvidia to supply 260,000 Blackwell GPUs to South Korea
ko: 엔비디아, 한국에 블랙웰 GPU 26만장 공급
ja: エヌビディア、韓国にGPU26万基を供給
zh: 英伟达将向韩国供应26万块Blackwell芯片

en: Nvidia quarterly revenue hits $57 billion, data center sales jump 66%
ko: 엔비디아 분기 매출 570억달러…데이터센터 66% 급증
ja: エヌビディア、四半期売上高570億ドル データセンター66%増
zh: 英伟达季度营收达570亿美元 数据中心业务增长66%

en: OpenAI signs $38 billion cloud deal with Amazon
ko: 오픈AI, 아마존과 380억달러 클라우드 계약
ja: オープンAI、アマゾンと380億ドルのクラウド契約
zh: OpenAI与亚马逊签署380亿美元云计算协议

en: Anthropic signs $30 billion cloud deal with Microsoft
ko: 앤트로픽, 마이크로소프트와 300억달러 클라우드 계약
ja: アンソロピック、マイクロソフトと300億ドルのクラウド契約

en: SoftBank sells entire Nvidia stake for $5.8 billion
ja: ソフトバンク、エヌビディア株を58億ドルで全株売却
ko: 소프트뱅크, 엔비디아 지분 58억달러에 전량 매각
===
en: European Commission proposes one-year delay to AI Act high-risk rules
de: EU-Kommission will Hochrisiko-Regeln des AI Act um ein Jahr verschieben
ja: 欧州委、AI法の高リスク規制を1年延期へ
ko: EU 집행위, AI법 고위험 규제 1년 연기 제안

en: European Commission fines Google 2.95 billion euros over ad tech
de: EU-Kommission verhängt 2,95 Milliarden Euro Strafe gegen Google
ja: 欧州委、グーグルに29.5億ユーロの制裁金 広告技術で
ko: EU 집행위, 구글에 29억5000만 유로 과징금

en: European Commission fines Meta 798 million euros over Marketplace
ja: 欧州委、メタに7億9800万ユーロの制裁金
ko: EU 집행위, 메타에 7억9800만 유로 과징금

de: Volkswagen streicht bis 2030 35.000 Stellen in Deutschland
en: Volkswagen to cut 35,000 jobs in Germany by 2030
ko: 폭스바겐, 2030년까지 독일서 3만5000명 감원
ja: VW、30年までにドイツで3万5000人削減

de: Bosch streicht 13.000 Stellen in der Autosparte
en: Bosch to cut 13,000 jobs in auto division
ko: 보쉬, 자동차 부문서 1만3000명 감원
===
ja: 柏崎刈羽原発6号機、1月20日に再稼働へ 東電 / 東京電力は柏崎刈羽原子力発電所6号機を再稼働する。
ko: 도쿄전력, 가시와자키가리와 원전 6호기 1월 20일 재가동
en: TEPCO to restart Kashiwazaki-Kariwa No. 6 reactor on January 20
zh: 东京电力将于1月20日重启柏崎刈羽核电站6号机组

ja: 泊原発3号機、地元が再稼働に同意 北海道電力
ko: 홋카이도 도마리 원전 3호기, 지역 재가동 동의
en: Hokkaido governor agrees to restart of Tomari No. 3 reactor

ko: 한수원, 체코 두코바니 원전 5·6호기 본계약…26조원
en: KHNP signs final 26 trillion won contract for Czech Dukovany reactors
ja: 韓国水力原子力、チェコ原発26兆ウォンの本契約

ja: 理研と富士通、1000量子ビットの量子計算機を公開 / 理化学研究所と富士通が超伝導方式の1000量子ビット機を開発した。
en: RIKEN and Fujitsu unveil 1,000-qubit superconducting quantum computer
ko: 이화학연구소·후지쓰, 1000큐비트 양자컴퓨터 공개

ja: 理研と富士通、256量子ビットの量子計算機を公開
en: RIKEN and Fujitsu open 256-qubit quantum computer to users
===
ja: H3ロケット8号機、12月7日打ち上げ 準天頂衛星を搭載 JAXA
en: JAXA to launch H3 rocket No. 8 on December 7 with Michibiki satellite
ko: JAXA, H3 로켓 8호기 12월 7일 발사

ko: 누리호 4차 발사 성공…위성 13기 궤도 안착 / 우주항공청은 27일 누리호 4차 발사가 성공했다고 밝혔다.
en: South Korea's Nuri rocket puts 13 satellites in orbit in fourth launch
ja: 韓国のヌリ号、4回目の打ち上げ成功 衛星13基を軌道に

ja: 日本製鉄、USスチールに110億ドル投資 高炉改修
en: Nippon Steel to invest $11 billion in U.S. Steel mills
ko: 일본제철, US스틸에 110억달러 투자
zh: 日本制铁将向美国钢铁投资110亿美元

ko: 현대차, 조지아 공장에 27억달러 추가 투자…연 50만대
en: Hyundai to invest another $2.7 billion in Georgia plant, lifting capacity to 500,000
ja: 現代自動車、ジョージア工場に27億ドル追加投資 年50万台へ

ko: 현대차, 260억달러 대미 투자…4년간
en: Hyundai lifts US investment to $26 billion over four years
ja: 現代自、米国に260億ドル投資 4年間で
===
ja: 高市首相と李在明大統領が会談 水素と半導体で協力 / 日韓両首脳は21日、ソウルで会談した。
ko: 이재명 대통령·다카이치 총리 정상회담…수소·반도체 협력
en: Takaichi, Lee Jae-myung agree to cooperate on hydrogen and chips at summit
zh: 高市早苗与李在明举行会谈 就氢能和半导体合作达成一致

ja: 高市首相とトランプ大統領が会談 重要鉱物の枠組みに署名
ko: 다카이치·트럼프 정상회담…핵심광물 협력 서명
en: Takaichi and Trump sign critical minerals framework at summit

ko: 트럼프·시진핑 부산서 회담…관세 10%포인트 인하
en: Trump, Xi Jinping meet in Busan, agree 10-point tariff cut
ja: トランプ氏と習近平氏が釜山で会談 関税10ポイント下げ

ja: 任天堂、Switch2の販売計画を1900万台に上方修正
ko: 닌텐도, 스위치2 판매 계획 1900만대로 상향
en: Nintendo raises Switch 2 sales forecast to 19 million units

ja: ソニー、通期純利益予想を1兆500億円に上方修正
ko: 소니, 연간 순이익 전망 1조500억 엔으로 상향
en: Sony raises full-year profit forecast to 1.05 trillion yen
"""


#: Written once the thresholds stood: other names, other turns of phrase. They moved once after it was first read, when
#: "the IEA expects" in two languages had been one story (precision 0.96, recall 0.77 before).
_HELD = """
ja: レーザーテック、熊本に開発拠点 120億円投じ27年春に稼働
ko: 레이저텍, 구마모토에 개발 거점 신설…120억 엔 투자
en: Lasertec to open 12 billion yen development hub in Kumamoto in spring 2027

ja: SUMCO、熊本の新工場を1年延期 需要低迷で
ko: 섬코, 구마모토 신공장 1년 연기…수요 부진
en: Sumco delays new Kumamoto wafer plant by a year on weak demand
===
ko: 포스코퓨처엠, 포항에 전고체용 음극재 공장 착공…2000억원 투입
en: POSCO Future M breaks ground on 200 billion won anode plant in Pohang
ja: ポスコフューチャーエム、浦項で負極材工場を着工 2000億ウォン

ko: 에코프로비엠, 헝가리 양극재 공장 준공…연 5만4000톤
en: EcoPro BM completes Hungarian cathode plant with annual capacity of 54,000 tons
zh: EcoPro BM匈牙利正极材料工厂竣工 年产5.4万吨

ko: 고려아연, 미국 테네시에 제련소 건설…10조원 규모
en: Korea Zinc to build 10 trillion won smelter in Tennessee
ja: 高麗亜鉛、米テネシー州に製錬所 10兆ウォン規模
===
en: IEA sees global oil surplus of 4 million barrels a day in 2026
ja: IEA、26年の石油供給過剰を日量400万バレルと予測
ko: IEA "2026년 원유 하루 400만배럴 공급 과잉"
zh: 国际能源署预计2026年全球原油日均过剩400万桶
de: IEA erwartet 2026 Überschuss von 4 Millionen Barrel Öl am Tag

en: IEA says renewables to overtake coal for electricity by mid-2026
ja: IEA、再生エネ発電が26年半ばに石炭を逆転と予測
ko: IEA "재생에너지 발전, 2026년 중반 석탄 추월"

en: OECD trims 2026 world growth forecast to 2.9%
ja: OECD、26年の世界成長率予測を2.9%に下方修正
ko: OECD, 내년 세계 성장률 전망 2.9%로 하향
de: OECD senkt Prognose für Weltwirtschaft 2026 auf 2,9 Prozent

en: IMF keeps 2026 world growth forecast at 3.1%
ja: IMF、26年の世界成長率予測を3.1%で据え置き
ko: IMF, 내년 세계 성장률 전망 3.1% 유지
===
zh: 工信部：前三季度我国机器人产量增长29.8%
en: China's robot output rises 29.8% in first three quarters, MIIT says
ko: 중국 1~3분기 로봇 생산 29.8% 증가
ja: 中国のロボット生産、1〜9月は29.8%増

zh: 国家统计局：10月规模以上工业增加值同比增长4.9%
en: China's industrial output grows 4.9% in October
ja: 中国の10月鉱工業生産、4.9%増
ko: 중국 10월 산업생산 4.9% 증가

zh: 10月社会消费品零售总额同比增长2.9%
en: China's retail sales rise 2.9% in October
ja: 中国の10月小売売上高、2.9%増
ko: 중국 10월 소매판매 2.9% 증가
===
en: Wolfspeed exits Chapter 11 with debt cut by 70%
ja: 米ウルフスピード、破産手続きを終了 債務7割削減
ko: 울프스피드, 파산보호 졸업…부채 70% 감축

en: Orsted wins court order to resume Revolution Wind construction
ja: オーステッド、米洋上風力の工事再開を認める裁判所命令
ko: 오스테드, 미 해상풍력 공사 재개 법원 명령 받아내

en: Boston Dynamics to deploy Atlas humanoids at Hyundai's Georgia plant in 2028
ko: 보스턴다이내믹스 휴머노이드 '아틀라스', 2028년 현대차 조지아 공장 투입
ja: 米ボストン・ダイナミクス、現代自の工場に人型ロボ「アトラス」 28年から

en: Unitree files for Shanghai IPO to raise 4.2 billion yuan
zh: 宇树科技科创板IPO获受理 拟募资42亿元
ja: 宇樹科技が上海上場を申請 42億元調達へ
ko: 유니트리, 상하이 상장 신청…42억 위안 조달
"""


def lines() -> list[Line]:
    """Those that the thresholds were found on, event by event."""
    return _lines(_BLOCKS)


def held_lines() -> list[Line]:
    """Those that the thresholds were not found on."""
    return _lines(_HELD)


def _lines(blocks: str) -> list[Line]:
    found = []
    event = 0
    for block, text in enumerate(blocks.strip().split("===\n")):
        for paragraph in text.strip().split("\n\n"):
            for row in paragraph.splitlines():
                language, _, rest = row.partition(": ")
                title, _, lead = rest.partition(" / ")
                found.append(Line(language, title, lead, event, block))
            event += 1
    return found
