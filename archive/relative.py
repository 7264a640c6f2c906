"""Relative times: "5m ago", "just now", "vor 5 Minuten", "il y a 3 heures". Pure: now comes in as an argument."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from archive.calendar_words import fold, knows
from archive.model import When

_LONGEST = 60
_UNITS = {
    "second": "s sec secs second seconds sekunde sekunden sek seconde secondes segundo segundos seg secondo "
    "secondi seconden sekund sekunder "
    "sekuntia sekuntti sekundy sn saniye секунд секунды секунду сек másodperc secunde detik ثانية ثوان शकंड सेकंड 秒 秒钟 초",
    "minute": "m min mins minute minutes minuten minuto minutos minuti minuut minuut minuten minuter minut "
    "minutter minuuttia minuutti minuty "
    "minuta minutu dk dakika минут минуты минуту мин хвилин хвилини perc perce minuta λεπτα λεπτο menit דקות "
    "דקה دقيقة دقائق मिनट 分 分钟 分鐘 분",
    "hour": "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore uur uren u timme timmar "
    "tim time timer t tunti tuntia godzina "
    "godziny godzin godz hodina hodiny hodin sa saat час часа часов годин години ora oraja ωρα ωρες jam שעות "
    "שעה ساعة ساعات घंटे घंटा 小时 小時 時間 시간",
    "day": "d day days tag tage tagen jour jours j dia dias giorno giorni dag dagen dagar dage dager paiva "
    "paivaa dni dzien den dny gun день дня дней "
    "дні nap napja zi zile μερες ημερες hari יום ימים يوم أيام दिन 天 日 일",
    "week": "w week weeks woche wochen semaine semaines semana semanas settimana settimane weken vecka veckor "
    "uge uger uke uker viikko viikkoa "
    "tydzien tygodni hafta неделя недели недель",
}  # fmt: skip
_BY_WORD = {fold(word): unit for unit, words in _UNITS.items() for word in words.split()}
_NOW = frozenset(
    fold(phrase)
    for phrase in (
        "now", "just now", "moments ago", "a moment ago", "gerade eben", "soeben", "jetzt", "à l'instant",
        "maintenant", "ahora", "ahora mismo",
        "hace un momento", "adesso", "ora", "poco fa", "agora", "agora mesmo", "zojuist", "nu", "just nu", "nyss",
        "lige nu", "akkurat nå", "nå",
        "juuri nyt", "przed chwilą", "teraz", "právě teď", "şimdi", "az önce", "только что", "щойно", "imamo",
        "μόλις τώρα", "الآن", "अभी",
        "刚刚", "剛剛", "たった今", "방금",
    )
)  # fmt: skip
# What says that the time is past; one of these must be there (5m alone may be a distance) unless all is a number and a short unit.
_AGO_AFTER = "ago|fa|atrás|atras|geleden|sedan|siden|sitten|temu|önce|once|назад|тому|נזמן|pred|zpět|ezelőtt|πριν|lalu|पहले|前|전"
_AGO_BEFORE = "vor|il y a|hace|há|ha|fa|för|for|před|pred|πριν|acum|לפני|قبل|منذ|před|pirms|prieš"
_ARTICLES = "an?|one|einer|einem|ein|une?|una?|um|uma|een|en|et|ett|uno"
_NUMBER = rf"(?P<number>\d{{1,4}}|{_ARTICLES})"
_UNIT = r"(?P<unit>[^\s\d.,]{1,12}?)\.?"
_MORE = r"(?:[\s,]*(?:and|und|et|y|e|en|og|och)?\s*(?P<number2>\d{1,3})\s*(?P<unit2>[^\s\d.,]{1,12}?)\.?)?"
_ADVERB = r"(?:about|over|ca\.?|etwa|rund|environ|unos|circa|fast|mehr als|almost|more than|less than)?\s*"
_PATTERNS = (
    re.compile(rf"{_ADVERB}{_NUMBER}\s*{_UNIT}{_MORE}\s*(?:{_AGO_AFTER})", re.I),
    re.compile(rf"(?:{_AGO_BEFORE})\s*{_ADVERB}{_NUMBER}\s*{_UNIT}{_MORE}(?:\s+(?:siden|sedan))?", re.I),
    re.compile(
        r"(?P<number>\d{1,3})\s?(?P<unit>s|secs?|m|mins?|h|hrs?|d|w|min\.?)(?:\s?(?P<number2>\d{1,3})\s?(?P<unit2>m|mins?|min\.?))?", re.I
    ),
)
_PREFIX = re.compile(r"^(?:posted|published|updated|aktualisiert|publié|mis à jour|actualizado|last updated|live)[\s:]+", re.I)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}


def read_relative(raw: str, *, now: datetime, language: str | None = None) -> When | None:
    """Return the instant a relative time means, counted back from `now`, or None if the text is no such time.

    The precision is the unit said ("5 minutes ago": minute; weeks are days) and the instant the start of
    that unit; the basis is `inferred`. `language` is passed to dateparser, which is asked last and only
    about a short text with a number in a language it is told.

    >>> from datetime import UTC
    >>> read_relative("vor 5 Minuten", now=datetime(2024, 8, 27, 12, 7, 30, tzinfo=UTC)).instant.isoformat()
    '2024-08-27T12:02:00+00:00'
    """
    text = " ".join(raw[: 2 * _LONGEST].split()).strip(" .\u00b7|()\u2022")
    if not text or len(text) > _LONGEST or len(raw) > 4 * _LONGEST:
        return None
    text = _PREFIX.sub("", text)
    if fold(text) in _NOW:
        return When(instant=now.replace(second=0, microsecond=0), precision="minute", basis="inferred", raw=raw)
    for pattern in _PATTERNS:
        found = pattern.fullmatch(text)
        unit = _BY_WORD.get(fold(found["unit"])) if found else None
        if not found or not unit:
            continue
        number = int(found["number"]) if found["number"].isdigit() else 1
        seconds = number * _SECONDS[unit]
        if found["number2"]:
            unit2 = _BY_WORD.get(fold(found["unit2"]))
            if unit2 is None:
                continue
            seconds, unit = seconds + int(found["number2"]) * _SECONDS[unit2], unit2
        return _back(now, seconds, unit, raw)
    if language and not knows(language) and re.search(r"\d", text) and re.search(r"[^\W\d_]{2}", text):
        return _from_any_language(text, now=now, language=language, raw=raw)
    return None


def _from_any_language(text: str, *, now: datetime, language: str, raw: str) -> When | None:
    """What dateparser makes of a relative time in a language the table lacks. Slow to import and to run: last."""
    import dateparser

    settings = {"RELATIVE_BASE": now.replace(tzinfo=None, microsecond=0), "PARSERS": ["relative-time"], "RETURN_AS_TIMEZONE_AWARE": False}
    try:
        found = dateparser.parse(text, languages=[language], settings=settings)
    except (ValueError, OverflowError, TypeError, LookupError, AttributeError, re.error):
        return None  # it does not know the language, or stumbles over the text
    if found is None:
        return None
    seconds = int((now.replace(tzinfo=None, microsecond=0) - found).total_seconds())
    if seconds < 0:
        return None
    unit = (
        "day"
        if seconds and seconds % 86400 == 0
        else "hour"
        if seconds and seconds % 3600 == 0
        else "minute"
        if seconds >= 60
        else "second"
    )
    return _back(now, seconds, unit, raw)


def _back(now: datetime, seconds: int, unit: str, raw: str) -> When:
    """The start of the unit that lies so many seconds back."""
    instant = (now - timedelta(seconds=seconds)).replace(microsecond=0)
    if unit != "second":
        instant = instant.replace(second=0)
    if unit in ("hour", "day", "week"):
        instant = instant.replace(minute=0)
    if unit in ("day", "week"):
        instant = instant.replace(hour=0)
    return When(instant=instant, precision="day" if unit == "week" else unit, basis="inferred", raw=raw)
