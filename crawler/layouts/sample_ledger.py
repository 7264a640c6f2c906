"""The Ledger of the sample site: blocks as the Guardian has them, eight a page."""

from __future__ import annotations

from crawler.layouts.guardian import Guardian


class SampleLedger(Guardian):
    publisher = "ledger"
    name = "The Ledger"
    domains = ("ledger.localhost",)
