"""Pure: the country and time zone that an address suggests; a guess for a new stanza, which its reader may mend."""

from urllib.parse import urlsplit

#: A country's zone, where most of its offices are.
_ZONES = {
    "KR": "Asia/Seoul", "JP": "Asia/Tokyo", "CN": "Asia/Shanghai", "TW": "Asia/Taipei", "HK": "Asia/Hong_Kong",
    "SG": "Asia/Singapore", "IN": "Asia/Kolkata", "TH": "Asia/Bangkok", "VN": "Asia/Ho_Chi_Minh", "ID": "Asia/Jakarta",
    "MY": "Asia/Kuala_Lumpur", "PH": "Asia/Manila", "AE": "Asia/Dubai", "IL": "Asia/Jerusalem",
    "DE": "Europe/Berlin", "FR": "Europe/Paris", "GB": "Europe/London", "IT": "Europe/Rome", "ES": "Europe/Madrid",
    "NL": "Europe/Amsterdam", "BE": "Europe/Brussels", "EU": "Europe/Brussels", "CH": "Europe/Zurich",
    "AT": "Europe/Vienna", "SE": "Europe/Stockholm", "FI": "Europe/Helsinki", "NO": "Europe/Oslo",
    "DK": "Europe/Copenhagen", "PL": "Europe/Warsaw", "CZ": "Europe/Prague", "IE": "Europe/Dublin",
    "US": "America/New_York", "CA": "America/Toronto", "MX": "America/Mexico_City", "BR": "America/Sao_Paulo",
    "AU": "Australia/Sydney", "NZ": "Pacific/Auckland", "RU": "Europe/Moscow", "TR": "Europe/Istanbul",
}  # fmt: skip
_BY_ENDING = {"uk": "GB", "gov": "US", "mil": "US", "edu": "US", "int": "INT"}
#: Where nobody else writes it.
_BY_LANGUAGE = {"ko": "KR", "ja": "JP"}


def country_of(url: str, language: str = "") -> str:
    """The country (ISO 3166, EU, INT) of the address's ending, else of the language; empty where neither tells."""
    ending = (urlsplit(url).hostname or "").rpartition(".")[2].lower()
    if ending in _BY_ENDING:
        return _BY_ENDING[ending]
    # Endings such as .io and .ai are sold to anyone: only countries whose zone we know count.
    return ending.upper() if ending.upper() in _ZONES else _BY_LANGUAGE.get(language, "")


def zone_of(country: str) -> str:
    """The IANA name of a country's time zone, where most of its offices are; "UTC" where the country does not tell."""
    return _ZONES.get(country, "UTC")
