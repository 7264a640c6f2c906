"""The sample newspapers: who they are, where they live and how they look."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from crawler.demo.day import LONDON


@dataclass(frozen=True, kw_only=True)
class Newspaper:
    """One publisher of the sample site. `label` is its host below localhost: `echo` is `echo.localhost`."""

    label: str
    name: str
    motto: str
    colour: str
    font: str = "Georgia, serif"
    language: str = "en"
    zone: ZoneInfo = LONDON

    @property
    def host(self) -> str:
        return f"{self.label}.localhost"


NEWSPAPERS = (
    Newspaper(label="echo", name="Northmouth Echo", motto="The voice of the Eddle since 1868", colour="#7a1f1f"),
    Newspaper(
        label="vale",
        name="Vale Television",
        motto="News for the coast and the valley",
        colour="#123a6b",
        font="Helvetica, Arial, sans-serif",
    ),
    Newspaper(label="ledger", name="The Ledger", motto="Politics, money and the county", colour="#0b5345"),
    Newspaper(label="gazette", name="Harrow Sands Gazette", motto="Printed within sight of the sea", colour="#9a5b00"),
    Newspaper(
        label="courrier",
        name="Le Courrier de Port-Brévan",
        motto="Le journal du port et de l'arrière-pays",
        colour="#4a235a",
        language="fr",
        zone=ZoneInfo("Europe/Paris"),
    ),
)

BY_HOST = {newspaper.host: newspaper for newspaper in NEWSPAPERS}
BY_LABEL = {newspaper.label: newspaper for newspaper in NEWSPAPERS}
