"""Vale Television of the sample site: a stream as ITV News had it, without clock times."""

from __future__ import annotations

from crawler.layouts.itv import Itv


class SampleVale(Itv):
    publisher = "vale_television"
    name = "Vale Television"
    domains = ("vale.localhost",)
