"""How sure a reading of a page nobody described is, and the words that live pages and other pages name themselves by. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

# How publishers mark live coverage in addresses, titles, ids and class names, in the languages seen and some more.
# Word edges keep "delivery", "olive" and "alive" out.
LIVE_WORDS = re.compile(
    r"(?<![a-z])live(?:[-_ ]?(?:blog|ticker|post|entry|entries|updates?|event|stream|feed|story|stories"
    r"|text|news|report|reporting|coverage)"
    # not "where they live", "to live longer", "live music"
    r"|(?<!\bto[-_ ]live)(?<!\bthey[-_ ]live)(?<!\bwe[-_ ]live)(?<!\byou[-_ ]live)(?<!\bwho[-_ ]live)(?<!\bpeople[-_ ]live)"
    r"(?![-_ ](?:in|without|longer|together|like|music|nation|concerts?|album|show|shows)(?![a-z])))(?![a-z])"
    r"|liveblog|news-?ticker|live-?ticker|(?<![a-z])ticker(?![a-z])|minute[- ]by[- ]minute|as it happened"
    r"|minuto a minuto|ao[- ]minuto|ao[- ]vivo|en[- ]vivo|en[- ]direct|em[- ]direto|(?<![a-z])direct[eo](?![a-z])|diretta|minuut"
    r"|livestream-|direkte|direktrapport|hetki hetkeltä"
    r"|na[- ][żz]ywo|relacja|naživo|uživo|uzivo|на живо|уживо|(?<![a-z])online ?:|élőben|percről percre|canlı|онлайн|прямой эфир"
    r"|прямая трансляция|наживо|în direct|live[- ]text"
    r"|速報|実況|ライブ|タイムライン|直播|实时|即時|滾動|滚动|快讯|快訊|실시간|생중계|속보|مباشر|لحظة بلحظة|لایو|لحظه به لحظه"
    r"|लाइव|লাইভ|עדכונים|דיווחים|ζωντανά|λεπτό προς λεπτό|trực tiếp|langsung|สด",
    re.I,
)
# Ids and class names of the updates themselves.
BLOCK_WORDS = re.compile(
    r"live[-_]?(?:blog|ticker|post|entry|update|event|story|stream|item|feed)|liveblog|ticker|lx-stream|update|bulletin|timeline|moment"
    r"|(?<![a-z])(?:post|entry|block|event)(?![a-z])",
    re.I,
)
SURE_BLOCK_WORDS = re.compile(
    r"live[-_]?(?:blog|ticker|post|entry|update|event|story|item|commentary)|liveblog|lx-stream|live[-_]?center|ticker|lb-post|lb24-|ncpost|scrbbl",
    re.I,
)
# Boxes of platforms that a script fills, by ids and class names; those of other platforms have a `live` in their names.
FILLED_WORDS = re.compile(r"scrbbl-embed|lb-timeline|(?<!\S)LB24(?:_LIVE_CONTENT)?(?!\S)")
# What else repeats on a page with a time on each, by ids and class names.
OTHER_WORDS = re.compile(
    # what readers write; "commentary" is a reporter's
    r"comment(?!ary|aries|ator)|kommentar|commentaire|comentario|comentário|commento|reactie|disqus|coral|forum|thread|repl(?:y|ies)"
    r"|discussion|message-?board|phpbb|vbulletin|topic-?list|(?<!p)review|(?<![a-z])rating|rezension|bewertung|recensi|(?<![a-z])avis(?![a-z])"
    # what is to come
    r"|schedule|programme?-?(?:guide|list)|tv-?guide|(?<![a-z])epg(?![a-z])|broadcast-?(?:list|item)|sendung|fixture|standings|scoreboard"
    r"|match-?list|spielplan|calendar|agenda"
    # other things published
    r"|episode|podcast|transcript|playlist|search-?result|serp|teaser|promo|related|recommend|most-?(?:read|popular|viewed)|trending|sidebar|widget"
    r"|newsletter|carousel|archive-?list|recipe|ingredient|instruction|product(?!ion)|(?<![a-z])price|job-?list|changelog"
    r"|(?<![a-z])commit(?![a-z])|(?<![a-z])release(?!d)"
    # indexes of the page itself
    r"|key-?(?:event|moment|point)s?(?:-|_|$)|toc(?![a-z])|table-of-contents|breadcrumb",
    re.I,
)


def how_sure(signs: Mapping[str, float]) -> float:
    """Return a certainty from 0 to 1: the signs for and against added up, 0.5 where they are as strong as each other.

    The scale is logistic: one strong sign (1.0) more turns one half into three quarters or so. Two strong signs are
    asked for before anything counts as likely, because most dated lists are not live updates.

    >>> how_sure({"time": 1.0, "ids": 1.0}) == 0.5
    True
    """
    return 1 / (1 + math.exp(-1.2 * (sum(signs.values()) - 2.0)))
