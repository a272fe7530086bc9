"""The pictures of the model's quality, which two pages show."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from monitor.config import settings
from review.charts.picture import Picture
from review.charts.scales import day_name
from review.charts.shares import Band, Line, by_week, calibration
from review.overview import EDGES, TENTHS, tenths, weekly
from review.quality.month import Decided

#: How many weeks the lines go back.
WEEKS = 12


def weeks_picture(decided: Sequence[Decided], now: datetime) -> Picture:
    """Which share of the decided stories was accepted, week by week, for each band of relevance."""
    weeks = weekly(decided, now, settings().timezone, WEEKS)
    edges = [round(100 * edge) for edge in EDGES]
    names = [
        _("관련도 {least} 이상").format(least=edges[-2]),
        _("관련도 {least}~{most}").format(least=edges[-3], most=edges[-2] - 1),
        _("관련도 {most} 미만").format(most=edges[1]),
    ]
    return by_week(
        "precision-weeks",
        _("주마다 결정한 글 가운데 후보로 올린 비율"),
        [day_name(monday) for monday in weeks.mondays],
        [Line(name, shares) for name, shares in zip(names, weeks.bands, strict=True)],
        description=_("모델이 잘 맞히면 관련도가 높은 줄이 위에, 낮은 줄이 아래에 있고 서로 멉니다."),
    )


def bands_picture(decided: Sequence[Decided]) -> Picture:
    """Which share of the decided stories was accepted, for each tenth of relevance."""
    return calibration(
        "calibration",
        _("관련도마다 후보로 올린 비율"),
        [
            Band(f"{100 * at // TENTHS}~{100 * (at + 1) // TENTHS - 1}", share, (at + 0.5) / TENTHS)
            for at, share in enumerate(tenths(decided))
        ],
        description=_(
            "막대가 가로줄에 가까울수록 관련도를 확률로 읽어도 됩니다. 눈금 아래의 수는 결정한 글의 수입니다."
        ),
    )
