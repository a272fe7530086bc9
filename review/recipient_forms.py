"""What the recipients' form says: settings, and rules one beside another."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext

from alerts.addresses import AddressError, parse_address
from alerts.models import Recipient
from alerts.recipients import rules_for, rules_of
from alerts.rules import DEFAULT_MIN_RELEVANCE, Rule
from monitor.config import settings
from review import catalogue
from review.labels import kind_codes, kind_name, region_codes, region_name

#: More rules than anybody wants; a form cannot be made to build thousands.
MOST_RULES = 20
#: For how many hours a recipient can be muted, and 0 to hear again.
MUTES = (1, 8, 24, 168, 0)
#: Zones that are suggested; any other can be written.
ZONES = (
    "Asia/Seoul", "Asia/Tokyo", "Asia/Shanghai", "Asia/Singapore", "Europe/Berlin", "Europe/Brussels",
    "Europe/London", "America/New_York", "America/Los_Angeles",
)  # fmt: skip


class WordsField(forms.CharField):
    """Words and phrases between commas."""

    def clean(self, value: Any) -> Any:
        """The words as a tuple, each once, in their order."""
        text = super().clean(value)
        words = [" ".join(word.split()) for word in text.replace("\n", ",").replace("，", ",").split(",")]
        return tuple(dict.fromkeys(word for word in words if word))


class TicksField(forms.MultipleChoiceField):
    """Boxes of which any may be ticked."""

    def clean(self, value: Any) -> Any:
        """The codes of what was ticked, as a tuple."""
        return tuple(super().clean(value))


class PercentField(forms.IntegerField):
    """A share in whole percent; nothing where nothing was asked."""

    def __init__(self) -> None:
        super().__init__(min_value=0, max_value=100, required=False)


class RuleForm(forms.Form):
    """One rule."""

    topics = TicksField(required=False)
    bulletins = TicksField(required=False)
    kinds = TicksField(required=False)
    regions = TicksField(required=False)
    sources = TicksField(required=False)
    words = WordsField(required=False, max_length=1000)
    words_all = WordsField(required=False, max_length=1000)
    words_not = WordsField(required=False, max_length=1000)
    relevance = PercentField()
    probability = PercentField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = catalogue.taxonomy()
        choices = {
            "topics": [(topic.id, catalogue.topic_name(topic.id)) for topic in known.topics],
            "bulletins": [(bulletin.id, bulletin.name) for bulletin in known.bulletins],
            "kinds": [(code, kind_name(code)) for code in kind_codes()],
            "regions": [(code, region_name(code)) for code in region_codes()],
            "sources": [(source.id, source.name) for source in catalogue.sources().values()],
        }
        for name, pairs in choices.items():
            field = self.fields[name]
            assert isinstance(field, TicksField)
            field.choices = pairs

    def asked(self) -> tuple[Rule, float | None]:
        """The rule without its least relevance, and that as a share from 0 to 1; None where none was written."""
        said = self.cleaned_data
        names = ("topics", "bulletins", "regions", "sources", "kinds", "words", "words_all", "words_not")
        rule = Rule(
            **{name: said[name] for name in names},
            min_probability=(said["probability"] or 0) / 100,
        )
        return rule, None if said["relevance"] is None else said["relevance"] / 100

    @property
    def rare(self) -> bool:
        """Whether something is asked for that few people ask for: it stands open then."""
        value = self["sources"].value() or self["regions"].value() or self["words_not"].value()
        return bool(value or self["words_all"].value() or self["probability"].value())


def _clock() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class SettingsForm(forms.Form):
    """When and how somebody is told."""

    name = forms.CharField(required=False, max_length=200)
    language = forms.ChoiceField(choices=[("ko", "한국어"), ("en", "English")])
    zone_name = forms.CharField(required=False, max_length=64)
    #: Each story at once, or the summary alone.
    alerts = forms.BooleanField(required=False)
    budget = forms.IntegerField(required=False, min_value=1, max_value=1000)
    quiet_from = forms.TimeField(required=False, widget=_clock())
    quiet_until = forms.TimeField(required=False, widget=_clock())
    mute = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, choices=[(hours, hours) for hours in MUTES]
    )
    digest = forms.BooleanField(required=False)
    digest_at = forms.TimeField(required=False, widget=_clock())
    operator = forms.BooleanField(required=False)

    def clean_zone_name(self) -> str:
        """An IANA name, or empty for MONITOR_TIMEZONE.

        Raises:
            ValidationError: there is no such zone.
        """
        name = str(self.cleaned_data["zone_name"]).strip()
        try:
            return ZoneInfo(name).key if name else ""
        except (KeyError, ValueError, OSError) as error:
            message = gettext('"{given}" 이라는 시간대가 없습니다. Asia/Seoul 처럼 적어 주십시오.')
            raise forms.ValidationError(message.format(given=name)) from error

    def clean(self) -> dict[str, Any]:
        """The settings; quiet hours that lack a beginning or an end, or have the same for both, are an error."""
        said: dict[str, Any] = super().clean() or {}
        begins, ends = said.get("quiet_from"), said.get("quiet_until")
        if not ({"quiet_from", "quiet_until"} & self.errors.keys()) and (
            (begins is None) != (ends is None) or (begins is not None and begins == ends)
        ):
            message = gettext("시작과 끝을 서로 다르게 모두 적거나, 모두 비워 주십시오.")
            self.add_error("quiet_until", message)
        return said

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the recipient's days begin, as the form says."""
        name = self.cleaned_data.get("zone_name")
        return ZoneInfo(name) if name else settings().timezone


class AddressForm(forms.Form):
    """Whom a new recipient is reached at."""

    address = forms.CharField(max_length=2048)

    def clean_address(self) -> str:
        """The address as it is kept.

        Raises:
            ValidationError: it is none, or a recipient has it.
        """
        try:
            address = str(parse_address(self.cleaned_data["address"]))
        except AddressError as error:
            raise forms.ValidationError(str(error)) from error
        if Recipient.objects.filter(address=address).exists():
            raise forms.ValidationError(gettext("이미 있는 받는 이입니다. 목록에서 편집해 주십시오."))
        return address


@dataclass
class Draft:
    """Everything that the form of one recipient holds; `address` only for one that is new."""

    settings: SettingsForm
    rules: list[RuleForm]
    address: AddressForm | None = None

    def is_valid(self) -> bool:
        """Whether it can be saved. Every part is looked at, so that all that is wrong is said at once."""
        forms_ = [self.settings, *self.rules, *([self.address] if self.address else [])]
        valid = [form.is_valid() for form in forms_]
        return all(valid)

    def wanted(self, address: str) -> list[Rule]:
        """The rules that it comes to; one that was added and left empty beside others is none."""
        said = self.settings.cleaned_data
        if not said["alerts"]:
            return []
        asked = [form.asked() for form in self.rules]
        meant = [(rule, least) for rule, least in asked if rule.narrows or least is not None] or asked[:1]
        return [
            rule
            for own, least in meant
            for rule in rules_for(address, own, least, digest=False, budget=said["budget"])
        ]


def draft_of(recipient: Recipient | None) -> Draft:
    """The form as a recipient is set now, or empty."""
    rules = rules_of(recipient) if recipient else [Rule()]
    now_set = {
        name: getattr(recipient, name) if recipient else default
        for name, default in {
            "name": "", "language": settings().language, "zone_name": "", "budget": None, "quiet_from": None,
            "quiet_until": None, "digest": False, "digest_at": None, "operator": False,
        }.items()
    }  # fmt: skip
    has_budget = recipient is not None and recipient.budget is not None
    return Draft(
        SettingsForm(initial=now_set | {"alerts": bool(rules)}),
        [
            RuleForm(prefix=f"r{number}", initial=_initial(rule, has_budget=has_budget))
            for number, rule in enumerate(rules or [Rule()])
        ],
        None if recipient else AddressForm(),
    )


def read_draft(posted: QueryDict, *, is_new: bool) -> Draft:
    """The form as it was sent: "more" asks for one more rule, "drop-N" takes the Nth away."""
    count = min(max(_whole(posted.get("rules", "")), 1), MOST_RULES)
    dropped = {number for number in range(count) if f"drop-{number}" in posted}
    kept = [
        RuleForm(posted if number not in dropped else None, prefix=f"r{number}")
        for number in range(count)
        if number not in dropped
    ]
    rules = [_renamed(form, number) for number, form in enumerate(kept)]
    if (posted.get("action") == "more" and len(rules) < MOST_RULES) or not rules:
        rules.append(RuleForm(QueryDict(), prefix=f"r{len(rules)}"))
    return Draft(SettingsForm(posted), rules, AddressForm(posted) if is_new else None)


def muted_until(hours: int | None, recipient: Recipient, now: datetime) -> datetime | None:
    """Until when a recipient is muted: for `hours` from now, not at all for 0, as before for None."""
    if hours is None:
        return recipient.muted_until
    return now + timedelta(hours=hours) if hours else None


def _renamed(form: RuleForm, number: int) -> RuleForm:
    """The form with the names of the `number`th rule's fields."""
    if form.prefix == f"r{number}":
        return form
    data = QueryDict(mutable=True)
    for name in form.fields:
        values = form.data.getlist(f"{form.prefix}-{name}")  # type: ignore[attr-defined]
        data.setlist(f"r{number}-{name}", values)
    return RuleForm(data, prefix=f"r{number}")


def _initial(rule: Rule, *, has_budget: bool) -> dict[str, Any]:
    usual = not rule.narrows and not has_budget and rule.min_relevance == DEFAULT_MIN_RELEVANCE
    return {
        "topics": rule.topics,
        "bulletins": rule.bulletins,
        "kinds": rule.kinds,
        "regions": rule.regions,
        "sources": rule.sources,
        "words": ", ".join(rule.words),
        "words_all": ", ".join(rule.words_all),
        "words_not": ", ".join(rule.words_not),
        "relevance": None if usual or not rule.min_relevance else round(100 * rule.min_relevance),
        "probability": round(100 * rule.min_probability) or None,
    }


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
