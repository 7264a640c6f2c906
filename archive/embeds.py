"""Players and posts of other sites: which elements they are, and the address of what they show. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

Element = Any  # lxml has no types of its own
Address = Callable[[str], str | None]

# The post of another site by the number it has there.
_NUMBERED = {
    "amp-twitter": ("data-tweetid", "https://twitter.com/i/status/{}"),
    "amp-youtube": ("data-videoid", "https://www.youtube.com/watch?v={}"),
    "amp-instagram": ("data-shortcode", "https://www.instagram.com/p/{}/"),
    "amp-vimeo": ("data-videoid", "https://vimeo.com/{}"),
    "amp-dailymotion": ("data-videoid", "https://www.dailymotion.com/video/{}"),
}
_PLAYERS = frozenset(
    "iframe video audio object embed amp-iframe amp-video amp-audio amp-facebook amp-tiktok amp-reddit amp-video-iframe".split()
)
EMBEDS = _PLAYERS | _NUMBERED.keys()
# Boxes a script of the other site fills, named by it. Their own words are the script's ("View this post on Instagram").
_SCRIPTED = re.compile(r"(?<![\w-])(?:tweet|instagram-media|tiktok-embed|fb-post|fb-video)(?![\w-])")
_QUOTED = re.compile(r"(?<![\w-])(?:twitter-tweet|twitter-video|nojs-tweet|bluesky-embed|mastodon-embed|text-post-media)(?![\w-])")
_NAMED = ("data-url", "data-instgrm-permalink", "data-href", "cite", "src", "data-src", "data")
_NUMBER = re.compile(r"[\w-]{1,40}")
_YOUTUBE = re.compile(r"/(?:embed|v|shorts)/([\w-]{5,20})")
# Frames that show nothing or an advert.
_NOT_SHOWN = re.compile(
    r"doubleclick|googletag|googlesyndication|adservice|amazon-adsystem|taboola|outbrain|recaptcha|/ads?[/.]|widgets\.js", re.I
)
_HOSTS = (
    ("video", re.compile(r"youtu|vimeo|dailymotion|dai\.ly|tiktok|twitch|brightcove|jwplayer|jwplatform|video", re.I)),
    ("audio", re.compile(r"soundcloud|spotify|acast|podcast|audio|omny|megaphone", re.I)),
    ("post", re.compile(r"twitter|^x\.com|instagram|facebook|threads\.|bsky|reddit|mastodon|t\.me|linkedin|truthsocial", re.I)),
)


def is_scripted_post(element: Element) -> bool:
    """Whether an element is the place of another site's post, whatever words it holds until a script fills it."""
    if element.tag == "div" and not (element.get("data-url") or element.get("data-href")):
        return False
    return element.tag in ("blockquote", "div") and bool(_SCRIPTED.search((element.get("class") or "")[:400]))


def is_quoted(element: Element) -> bool:
    """Whether an element is a post of another site quoted with its words."""
    return element.tag == "blockquote" and bool(_QUOTED.search(element.get("class") or ""))


def shown_in(element: Element, address: Address) -> tuple[str, str] | None:
    """Return the address of what an embed shows, and words for it; None if it shows nothing, or an advert.

    `address` makes an address of the page absolute, or None of it if it is no http(s) one.
    """
    sizes = (element.get("width"), element.get("height"))
    raw = stated_address(element)
    href = resolved(raw, address) if raw else None
    if not href or _NOT_SHOWN.search(href) or any(size in ("0", "1") for size in sizes):
        return None
    href = _whole(href)
    host = (urlsplit(href).hostname or "").removeprefix("www.")
    kind = {"video": "video", "amp-video": "video", "audio": "audio", "amp-audio": "audio"}.get(str(element.tag))
    kind = kind or next((name for name, pattern in _HOSTS if pattern.search(host)), "page")
    return href, f"Embedded {kind} at {host}"


def stated_address(element: Element) -> str | None:
    """The address an embed states for itself, as it stands in the markup."""
    attribute, form = _NUMBERED.get(str(element.tag), ("data-tweetid", _NUMBERED["amp-twitter"][1]))
    number = element.get(attribute)
    if number and _NUMBER.fullmatch(number):
        return form.format(number)
    for name in _NAMED:
        raw = (element.get(name) or "").strip()
        if raw and not raw.startswith(("about:", "data:", "javascript:", "blob:")):
            return raw
    for inner in element.iter("source", "embed", "amp-video", "param"):
        raw = inner.get("src") or (inner.get("value") if inner.get("name") in ("movie", "src") else None)
        if raw:
            return str(raw)
    if is_scripted_post(element) or is_quoted(element):
        links = [str(link.get("href")) for link in element.iter("a") if link.get("href")]
        return next((href for href in reversed(links) if "/status/" in href), links[-1] if links else None)
    return None


def resolved(raw: str, address: Address) -> str | None:
    """Return an address of the page as `address` does; None for data."""
    raw = raw.strip()
    return address(f"https:{raw}" if raw.startswith("//") else raw) if raw and not raw.startswith("data:") else None


def _whole(href: str) -> str:
    """The page of a post or film, where the address is that of its frame.

    >>> _whole("https://www.youtube-nocookie.com/embed/abcdefghijk?rel=0")
    'https://www.youtube.com/watch?v=abcdefghijk'
    """
    parts = urlsplit(href)
    host = parts.hostname or ""
    film = _YOUTUBE.match(parts.path)
    if film and host.removeprefix("www.") in ("youtube.com", "youtube-nocookie.com") and film[1] != "videoseries":
        return f"https://www.youtube.com/watch?v={film[1]}"
    asked = parse_qs(parts.query) if parts.query else {}
    if host == "platform.twitter.com" and _NUMBER.fullmatch(asked.get("id", [""])[0]):
        return f"https://twitter.com/i/status/{asked['id'][0]}"
    if host.endswith("facebook.com") and parts.path.startswith("/plugins/") and asked.get("href", [""])[0].startswith("https://"):
        return asked["href"][0]
    return href
