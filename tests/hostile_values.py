"""The values hostile inputs are made of: dates, texts, addresses and numbers that no reader expects, and the names readers look for."""

from __future__ import annotations

from typing import Any

NUMBERS = (
    b"0",
    b"-1",
    b"1",
    b"99999999999999999999",
    b"1e999",
    b"\xd9\xa1\xd9\xa2",
    b"9" * 400,
    b"2026",
    b"24",
    b"60",
    b"00",
    b"\xc2\xb2",
)
CHARSETS = (
    "utf-8", "utf-16", "utf-7", "shift_jis", "big5", "iso-2022-jp", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "base64",
    "zlib", "rot13", "undefined", "hex", "x-user-defined", "", "\u0130", "utf-8-sig", "cp65001", "ascii",
)  # fmt: skip
ADDRESSES = (
    "https://evil.example/live/storm",
    "https://evil.example/live/2026/02/30/storm",
    "https://xn--ls8h.example/live/%00%ff",
    "http://127.0.0.1:8017/x",
    "http://[::1]/live",
    "https://evil.example",
    "https://www.theguardian.com/x/live/2021/feb/19/y",
    "http://www.itv.com/news/story/2013-02-26/met-police/",
    "https://www.nytimes.com/live/2020/11/03/us/x",
    "https://www.telegraph.co.uk/live",
    "https://www.br.de/live",
    "https://timesofindia.indiatimes.com/x/liveblog/1.cms",
    "http://gazette.localhost:8017/live/x",
    "http://echo.localhost:8017/live/x",
    "http://ledger.localhost/live/x",
    "http://courrier.localhost:8017/live/x",
    "http://vale.localhost:8017/news/",
)
DATES = (
    "2026-03-01T11:00:00Z", "2026-03-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T10:00:00Z",
    "0000-00-00", "2026-03-01T24:00:00Z", "2026-03-01T23:60:60+99:99", "10:05", "25:99", "5 minutes ago", "99999999999 years ago",
    "yesterday", "1e308", "1" * 400, "1709417007", "1709417007000", "-1709417007000", "/Date(99999999999999999)/", "/Date(-1+2500)/",
    "Infinity", "NaN", "nan", "Sun, 01 Mar 2026 11:00:00 GMT", "25 Sep 2020 20:06:15 +9999", "\u0661\u0662:\u0663\u0660", "2026-W10-1",
    "20260301T110000", "\u00b2026", "12:\u00b2", "2026-03-01T11:00:00.123456789123Z", "2026-03-01T11:00:00[Europe/Nowhere]",
    "Mar 1, 2026 11.00am XYZ", "31/31/2026", "24:00", "12h", "0am",
)  # fmt: skip
TEXTS = (
    "", " ", "\x00", "\ud800", "a\udfff b", "\u200b", "\ufeff", "x" * 3000, "<p>", "</div></body>", "<p>Rain.</p>", "<!--", "<![CDATA[",
    "]]>", "<script>x</script>", "&lt;p&gt;x&lt;/p&gt;", "&#xd800;", "&#0;", "&#99999999999;", "<b>" * 600 + "x",
    '<a href="http://[">x</a>', '<a href="//x:99999999/">y</a>', "<table><tr><td>x", "<p hidden>x</p>", "a\u0300" * 60, "\u202e\u2066",
    "Rain has reached the coast, the mayor says.", "12:05 Rain has reached the coast", "<svg><p>x</svg>", "<?php x ?>",
    "<p \ud800='1'>", "\x1b]0;x\x07", "{", "[[", '{"a":', "\\", "\r\n\r\n", "__proto__", "<p>x</p>" * 40, "Live", "\U0001f327",
    "<math><mi>x", "<template><p>x", "<frameset>", "<p is=x xml:lang=a xlink:href=b>y", "<a\x00b>",
)  # fmt: skip
URLS = (
    "http://[", "http://x:99999/", "//", "#", "#post1", "?", "javascript:x()", "https://evil.example/live/storm#b7", "http://a b/",
    "http://\ud800/", "http://\u2100.example/", "http://x\x00y/", "https://evil.example:80:80/", "http://[::1", "http://[v1.x]/",
    "http://xn--/", "https://" + "a." * 300, "http://user:pass@evil.example/", "https://evil.example/\u0130?\u0130=%zz&utm_source=x",
    "data:,x", "http:///x", "https://\uff0e/", "http://0x7f.1/",
)  # fmt: skip
HOSTILE_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 1e308, 10**30, float("inf"), float("nan"), [], {}, [[]], [None], {"": ""}, [{}],
    {"@value": {"@value": 1}}, {"@id": []}, {"rendered": None}, [[[[1]]]], {"name": [{}]}, *DATES, *TEXTS, *URLS,
)  # fmt: skip
NAMES = (
    "@type", "@id", "@graph", "id", "identifier", "_id", "url", "link", "permalink", "headline", "title", "name", "articleBody", "text",
    "body", "content", "html", "bodyHtml", "description", "author", "byline", "creator", "datePublished", "dateModified", "published",
    "published_at", "created_at", "updated", "timestamp", "time", "date", "liveBlogUpdate", "mainEntity", "itemListElement", "item",
    "posts", "updates", "entries", "items", "_items", "results", "blocks", "data", "children", "news", "nid", "guid", "bulletins",
    "elements", "state", "status", "deleted", "pinned", "isKeyEvent", "coverageStartTime", "coverageEndTime", "inLanguage", "total",
    "next", "Posts", "IsApproved", "IsLive", "IsDeleted", "Pages", "blockCreatedOn", "firstPublishedDate", "primaryDateLine",
    "attributes", "node", "type", "kind", "_meta", "post_status", "groups", "refs", "last_update", "lx-commentary-data",
    "liveTextStream", "pageProps", "LiveUpdate", "created_utc", "body_html", "stricken", "initialData", "schemaOrg", "timelineData",
    "modules", "model", "image", "video",
)  # fmt: skip
TAGS = (
    "div", "p", "article", "section", "li", "ul", "h1", "h2", "h3", "time", "span", "a", "b", "table", "tr", "td", "script", "style",
    "svg", "template", "blockquote", "figure", "aside", "header", "footer", "amp-live-list", "amp-timeago", "iframe", "form", "button",
    "br", "meta", "link", "title", "body", "html", "head", "base", "plaintext", "textarea", "select", "noscript", "frameset", "math",
    "strong", "em", "dl", "dt", "dd", "x-y", "main",
)  # fmt: skip
ATTRIBUTES = (
    "id", "class", "datetime", "data-timestamp", "data-time", "data-id", "data-post-id", "data-source-id", "href", "itemprop",
    "itemscope", "itemtype", "itemref", "itemid", "rel", "role", "data-sort-time", "data-update-time", "items", "pagination",
    "data-tombstone", "hidden", "lang", "title", "content", "property", "name", "data-update-id", "data-js", "aria-hidden", "style",
    "data-state", "block-time", "published-time", "data-alpha",
)  # fmt: skip
# Class names and ids by which layouts know their pages.
CLASSES = (
    "live-post", "liveblog-entry", "live-blog-post", "lx-stream", "lx-stream__post-container", "block-64", "live-event-entry",
    "liveblog__post", "liveblog__post__pubdate", "liveblog-entry-1", "liveblog-paragraph", "elb-liveblog-post", "lb-post",
    "content--live", "posts-and-button", "live-story-post", "liveblog__update", "liveblog-item", "post-timestamp", "articlebody",
    "js-key-points", "amp-live-list", "time", "timestamp", "byline", "author", "headline", "title", "body", "share", "twitter-tweet",
    "pinned", "comment", "gazette", "post", "entry", "update",
)  # fmt: skip
SIGNS = (
    b'< > { } [ ] " \\ : , & ; = <p> </p> 10:05 2026-03-01T10:00:00Z <script </script> ld+json <time> LiveBlogPosting <!-- --> live <html>'
    b" JSON.parse("
).split()
