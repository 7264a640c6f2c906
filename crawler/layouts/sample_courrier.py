"""Le Courrier de Port-Brévan of the sample site: built like the Echo, in French and on Paris time."""

from __future__ import annotations

from crawler.layouts.sample_echo import SampleEcho


class SampleCourrier(SampleEcho):
    publisher = "courrier_port_brevan"
    name = "Le Courrier de Port-Brévan"
    domains = ("courrier.localhost",)
    zone = "Europe/Paris"
    language = "fr"
