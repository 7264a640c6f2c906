"""The sample site: five small newspapers on loopback whose pages change while you watch, on a clock of their own.

`SampleSite` serves one day, 3 March 2026, from 6am to 10pm. `day` reads its script from `stories/`,
`site.render` makes the page an address shows at a moment, and `server` puts that behind HTTP.
"""

from crawler.demo.day import CLOSES, OPENS
from crawler.demo.server import DEFAULT_PORT, DEFAULT_SPEED, Clock, SampleSite
from crawler.demo.site import Request, Response, live_urls, render

__all__ = [
    "CLOSES",
    "DEFAULT_PORT",
    "DEFAULT_SPEED",
    "OPENS",
    "Clock",
    "Request",
    "Response",
    "SampleSite",
    "live_urls",
    "render",
]
