"""Mark-up in, what is kept out: safe HTML, plain text, and a hash that knows nothing of pictures."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from archive.media import embed, picture
from archive.model import Extraction, Update
from archive.normalise import _collect, element_text, fold_space, html_to_text, normalise, safe_html
from archive.parsing import html_parser
from archive.simple_markup import paragraphs, simple_text

PAGE = Extraction(url="https://echo.example/live/storm")
REL = ' rel="noopener noreferrer nofollow"'


def link(url: str, words: str) -> str:
    return f'<a href="{url}"{REL}>{words}</a>'


def kept(html: str) -> str:
    return safe_html(html, base=PAGE.url)


PICTURE = f"<figure>{link('https://echo.example/a.jpg', 'Picture')}</figure>"
MEDIA = {
    "alt text": ('<img src="/a.jpg" alt="The pier">', f"<figure>{link('https://echo.example/a.jpg', 'The pier')}</figure>"),
    "no alt text": ("<figure><img src='/a.jpg'></figure>", PICTURE),
    "caption and credit side by side": (
        "<figure><picture><source srcset='/b.webp'><img src='/a.jpg' alt='x'></picture><figcaption><span>The pier</span>"
        "<span>Photograph: A. Person</span></figcaption></figure>",
        f"<figure>{link('https://echo.example/a.jpg', 'x')}<figcaption>The pier Photograph: A. Person</figcaption></figure>",
    ),
    "alt text that the caption repeats": (
        '<figure><img src="/a.jpg" alt="The pier"><figcaption>The pier. Credit: B</figcaption></figure>',
        f"<figure>{link('https://echo.example/a.jpg', 'Picture')}<figcaption>The pier. Credit: B</figcaption></figure>",
    ),
    "a picture loaded later": ('<img src="data:image/gif;base64,R0lG" data-src="//echo.example/a.jpg">', PICTURE),
    "a picture in a paragraph": (
        '<p>Rain <a href="/big"><img src="/a.jpg"></a>and wind.</p><p>Sun.</p>',
        f"<p>Rain and wind.</p>{PICTURE}<p>Sun.</p>",
    ),
    "a link around words and a picture": (
        '<a href="/s"><div><img src="/a.jpg"></div><span>Read</span></a>',
        f"{link('https://echo.example/s', 'Read')}{PICTURE}",
    ),
    "a face, a sign and a counter": (
        '<img class="avatar" src="/f.jpg"><img class="emoji" src="/e.png"><img width="1" height="1" src="/count">',
        "",
    ),
    "a figure that names no address": ("<figure><img alt='The pier'></figure>", "<figure><figcaption>The pier</figcaption></figure>"),
    "an empty figure": ("<p>Rain.</p><figure><div>Loading</div></figure>", "<p>Rain.</p>"),
    "a gallery": (
        "<figure><figure><img src='/a.jpg'></figure><figure><img src='/b.jpg'></figure><figcaption>Two</figcaption></figure>",
        f"{PICTURE}<figure>{link('https://echo.example/b.jpg', 'Picture')}</figure><figure><figcaption>Two</figcaption></figure>",
    ),
    "a table in a figure": (
        "<figure class='wp-block-table'><table><tr><td>Vale</td><td>2</td></tr></table><figcaption>Scores</figcaption></figure>",
        "<table><tbody><tr><td>Vale</td><td>2</td></tr></tbody></table><figure><figcaption>Scores</figcaption></figure>",
    ),
    "a film's frame": (
        '<iframe src="//www.youtube.com/embed/abcdefghijk?rel=0"></iframe>',
        f"<p>{link('https://www.youtube.com/watch?v=abcdefghijk', 'Embedded video at youtube.com')}</p>",
    ),
    "a film": (
        "<video poster='/p.jpg'><source src='/f.mp4'></video>",
        f"<p>{link('https://echo.example/f.mp4', 'Embedded video at echo.example')}</p>",
    ),
    "a post by its number": (
        "<amp-twitter data-tweetid='123'></amp-twitter>",
        f"<p>{link('https://twitter.com/i/status/123', 'Embedded post at twitter.com')}</p>",
    ),
    "a post by its address": (
        '<div class="tweet" data-url="https://twitter.com/x/status/1"></div>',
        f"<p>{link('https://twitter.com/x/status/1', 'Embedded post at twitter.com')}</p>",
    ),
    "a post that only a script shows": (
        '<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/p/x/"><p>View this post</p></blockquote>',
        f"<p>{link('https://www.instagram.com/p/x/', 'Embedded post at instagram.com')}</p>",
    ),
    "a post without words": (
        '<blockquote class="twitter-tweet"><a href="https://twitter.com/a/status/2"></a></blockquote>',
        f"<p>{link('https://twitter.com/a/status/2', 'Embedded post at twitter.com')}</p>",
    ),
    "a frame of an old player": (
        "<object><param name='movie' value='https://video.example/p.swf'></object>",
        f"<p>{link('https://video.example/p.swf', 'Embedded video at video.example')}</p>",
    ),
    "a player without an end": (
        "<embed src='https://video.example/p.swf'><embed src='/q.swf'>",
        f"<p>{link('https://video.example/p.swf', 'Embedded video at video.example')}</p>"
        f"<p>{link('https://echo.example/q.swf', 'Embedded page at echo.example')}</p>",
    ),
    "frames that show nothing": (
        '<p>Rain.</p><iframe src="about:blank"></iframe><iframe src="https://x.doubleclick.net/a"></iframe>'
        '<iframe src="/t" width="0"></iframe>',
        "<p>Rain.</p>",
    ),
    "described in data": (picture("/a.jpg", alt='The "pier"', caption="A & B"), PICTURE.replace("Picture", 'The "pier"').replace(
        "</figure>", "<figcaption>A &amp; B</figcaption></figure>")),
    "a post described in data": (
        embed("https://twitter.com/x/status/1"),
        f"<p>{link('https://twitter.com/x/status/1', 'Embedded post at twitter.com')}</p>",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MEDIA)
def test_media_are_kept_as_links(name: str) -> None:
    html, expected = MEDIA[name]
    assert kept(html) == expected
    assert kept(expected) == expected
    assert safe_html(expected) == expected  # as the reading room does, which knows no base


def test_a_quoted_post_stays_a_quotation_with_its_attribution() -> None:
    html = '<blockquote class="twitter-tweet"><p>So wet</p>— A. Person <a href="https://twitter.com/a/status/2">1 March</a></blockquote>'
    attribution = f"— A. Person {link('https://twitter.com/a/status/2', '1 March')}"
    assert kept(html) == f"<blockquote><p>So wet</p>{attribution}</blockquote>"
    assert html_to_text(html) == "So wet\n\n— A. Person 1 March"


HOSTILE = (
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" java\nscript:alert(1)">x</a>',
    '<img src="javascript:alert(1)">',
    '<img src="data:text/html,<script>alert(1)</script>">',
    '<img src=x onerror=alert(1) srcset="//evil.example/a.png 1x" style="background:url(//evil.example)">',
    '<figure onclick="alert(1)"><img src="/a.jpg" alt="&lt;script&gt;alert(1)&lt;/script&gt;"></figure>',
    "<figure><figcaption>Rain <script>alert(1)</script><style>x</style></figcaption></figure>",
    '<figure><a href="javascript:alert(1)">Picture</a></figure>',
    '<svg onload="alert(1)"><a href="/x"><image href="//evil.example/a.png"/></a></svg>',
    '<iframe srcdoc="<script>alert(1)</script>" src="javascript:alert(1)"></iframe>',
    '<iframe src="data:text/html,<script>alert(1)</script>"></iframe>',
    '<embed src="vbscript:x"><object data="file:///etc/passwd"></object>',
    '<video src="blob:x" onerror="alert(1)"><source src="javascript:alert(1)"></video>',
    '<amp-twitter data-tweetid="1&quot;><script>alert(1)</script>"></amp-twitter>',
    '<div class="tweet" data-url="javascript:alert(1)">x</div>',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    '<form action="//evil.example"><input name="q"><button>Go</button></form><base href="//evil.example">',
    '<link rel="stylesheet" href="//evil.example/x.css"><meta http-equiv="refresh" content="0;url=//evil.example">',
    '<img src="http://[broken" alt="x"><iframe src="//x:99999999/"></iframe>',
)


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_runs_and_nothing_is_fetched(html: str) -> None:
    safe = kept(f"<p>Rain.</p>{html}")
    assert safe.startswith("<p>Rain.</p>")
    tags = re.findall(r"<(\w+)([^>]*)>", safe)
    assert {name for name, _ in tags} <= {"p", "a", "figure", "figcaption", "table", "tbody"}
    for _, attributes in tags:
        assert re.fullmatch(rf'(?: href="https?://[^"]*")?(?:{REL})?', attributes)
    assert kept(safe) == safe


def test_deep_and_long_markup_is_cleaned_in_time() -> None:
    started = time.process_time()
    for html in (
        "<figure>" * 20_000,
        "<b>" * 20_000 + "<img src=/a.jpg>",
        "<img src=/a.jpg>" * 20_000,
        "<div" * 100_000,
        "<blockquote " * 50_000,
    ):
        kept(html)
    assert time.process_time() - started < 10


WORDS = st.text(alphabet="abc dé&<>\"'\u00a0\n\u200b", max_size=12)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


INLINE = st.recursive(
    WORDS.map(escaped),
    lambda inner: st.tuples(st.sampled_from(("strong", "em", "sup", "span", "s")), inner).map(
        lambda pair: f"<{pair[0]}>{pair[1]}</{pair[0]}>"
    ),
    max_leaves=4,
)
LINKED = st.tuples(st.sampled_from(("/a", "javascript:x", "//b.example/c?utm_source=d", "")), INLINE).map(
    lambda p: f'<a href="{p[0]}">{p[1]}</a>'
)
PICTURED = st.tuples(st.sampled_from(("/a.jpg", "data:x", "")), WORDS).map(lambda p: f'<img src="{p[0]}" alt="{escaped(p[1])}">')
FRAMED = st.tuples(PICTURED, WORDS).map(lambda p: f"<figure>{p[0]}<figcaption>{escaped(p[1])}</figcaption></figure>")
EMBEDDED = st.sampled_from([html for html, _ in MEDIA.values()])
RUN = st.lists(st.one_of(INLINE, LINKED, PICTURED, st.just("<br>")), max_size=4).map("".join)
BLOCK = st.one_of(
    RUN.map(lambda run: f"<p>{run}</p>"),
    st.lists(RUN, max_size=3).map(lambda items: "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"),
    RUN.map(lambda run: f"<blockquote><p>{run}</p></blockquote>"),
    RUN.map(lambda run: f"<h3>{run}</h3>"),
    st.lists(st.lists(RUN, min_size=1, max_size=3), max_size=3).map(
        lambda rows: "<table>" + "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows) + "</table>"
    ),
    FRAMED,
    EMBEDDED,
    RUN,
)


@given(st.lists(BLOCK, max_size=5).map("".join))
def test_cleaning_clean_markup_changes_nothing(html: str) -> None:
    once = kept(html)
    assert kept(once) == once
    assert safe_html(once) == once


TEXTS = {
    "paragraphs": ("<p>Rain.</p><p>Wind,\n and  more.</p>", "Rain.\n\nWind, and more."),
    "line breaks": ("<p>Rain.<br>Wind.</p>", "Rain.\nWind."),
    "a list": ("<p>Closed:</p><ul><li>the pier</li><li><p>the bridge</p></li></ul>", "Closed:\n\nthe pier\n\nthe bridge"),
    "a list in a list": ("<ul><li>North<ul><li>pier</li></ul></li><li>South</li></ul>", "North\n\npier\n\nSouth"),
    "a quotation": ("<blockquote><p>So wet.</p></blockquote><p>– A. Person</p>", "So wet.\n\n– A. Person"),
    "headings": ("<h3>What we know</h3><p>Little.</p>", "What we know\n\nLittle."),
    "a table": ("<table><tr><th>Town</th><th>mm</th></tr><tr><td>Vale</td><td>31</td></tr></table>", "Town | mm\nVale | 31"),
    "blocks in cells": ("<table><tr><td><div>Vale</div></td><td><p>31</p><p>32</p></td></tr></table>", "Vale | 31 32"),
    "a table that is a frame": ("<table><tr><td><p>Rain.</p><p>Wind.</p></td></tr></table>", "Rain.\n\nWind."),
    "a table in a figure": ("<figure><table><tr><td>a</td><td>b</td></tr></table><figcaption>c</figcaption></figure>", "a | b"),
    "a list with space in it": ("<ul> <li>North </li> <li> South</li>\n</ul>", "North\nSouth"),
    "a tag that ends itself": ("<p>Rain<b/> and <i>wind</i>.</p>", "Rain and wind."),
    "punctuation after a link": ('<p>See <a href="/x">the list</a>, <em>now</em>.</p>', "See the list, now."),
    "captions and embeds": ("<p>Rain.</p><figure><img alt='x'><figcaption>y</figcaption></figure><iframe>z</iframe>", "Rain."),
    "after a player without an end": ("<p>Rain.</p><embed src='/p.swf'><p>Wind.</p>", "Rain.\n\nWind."),
    "a number above the line": ("<p>31 m<sup>2</sup></p>", "31 m2"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_plain_text_reads_well(name: str) -> None:
    html, expected = TEXTS[name]
    assert html_to_text(html) == expected


# What stands in these beside the picture is text.
WITH_WORDS = (
    "a table in a figure",
    "a picture in a paragraph",
    "a link around words and a picture",
    "an empty figure",
    "frames that show nothing",
)


@pytest.mark.parametrize("name", [name for name in MEDIA if name not in WITH_WORDS])
def test_pictures_and_embeds_are_no_text_and_move_no_hash(name: str) -> None:
    bare = normalise(Update(title="Storm", html="<p>Rain.</p>"), PAGE)
    shown = normalise(Update(title="Storm", html=f"<p>Rain.</p>{MEDIA[name][0]}"), PAGE)
    assert (shown.text, shown.content_hash, shown.kind) == ("Rain.", bare.content_hash, "post")
    assert bare.html is None
    assert shown.html == (f"<p>Rain.</p>{MEDIA[name][1]}" if MEDIA[name][1] else None)


def test_an_update_of_nothing_but_a_picture_is_media_and_says_so() -> None:
    update = Update(html='<figure><img src="/a.jpg"><figcaption>The pier</figcaption></figure>')
    entry = normalise(update, PAGE)
    assert (entry.kind, entry.text) == ("media", "")
    assert entry.html == PICTURE.replace("</figure>", "<figcaption>The pier</figcaption></figure>")
    assert normalise(replace(update, kind="key_event"), PAGE).kind == "key_event"
    assert normalise(replace(update, title="The pier"), PAGE).kind == "post"
    assert normalise(Update(source_id="1"), PAGE).kind == "post"


@given(
    st.lists(
        st.sampled_from(
            "<p>|</p>|<p class=\"x\">|<ul><li>|</li><li>|</li></ul>|<br>|<br/>|<strong>|</strong>|<a href='#'>|</a>| |\n|River|rose & fell|"
            "&amp;|&nbsp;|&lt;b&gt;|<h2>|</h2>|\u2019|e\u0301|<span>|</span>".split("|")
        ),
        max_size=14,
    )
)  # fmt: skip
def test_simple_markup_reads_as_when_parsed(parts: list[str]) -> None:
    html = "".join(parts)
    found = simple_text(html)
    if found is None or not balanced(html):
        return
    parsed = html_to_text(f"<!-- -->{html}")  # a comment sends it to the parser
    assert fold_space(found) == parsed
    if (plain := paragraphs(html)) is not None:
        assert fold_space(plain) == parsed


def balanced(html: str) -> bool:
    """Whether every end tag has its start tag right before: what other markup reads as is the parser's business."""
    open_: list[str] = []
    for end, name in re.findall(r"<(/?)(p|ul|li|strong|a|h2|span)\b", html):
        if not end:
            open_.append(name)
        elif not open_ or open_.pop() != name:
            return False
    inside = re.findall(r"<(p|h2)\b[^>]*>((?:(?!</\1>).)*)</\1>", html, re.S)
    return not open_ and not any(re.search(r"<(p|h2|ul|li)\b", content) for _, content in inside)


INLINE = st.recursive(
    st.sampled_from(["Rain", " ", "\n", "\xa0", "a\u200bb", "&amp;", "e\u0301", "<br>", "<!-- no -->", "<script>no</script>", "| x"]),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(["b", "a", "span", "em", "time", "p", "div", "li"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)


@given(st.lists(INLINE, max_size=4))
def test_text_of_one_line_is_that_of_a_walk_through_it(parts: list[str]) -> None:
    root = etree.fromstring(f"<html><body><div>{''.join(parts)}</div></body></html>", html_parser())
    for element in root.iter("div", "p", "b", "li"):
        walked: list[str] = []
        _collect(element, walked)
        assert element_text(element) == fold_space("".join(walked))


@pytest.mark.parametrize(
    "sign",
    ["\ufffe", "\uffff", "\x0b", "\x00", "\x1f", "&#11;", "&#x1;", "&#0;", "&#xFFFE;", "&#65535", "&#xD800;", "&#99999999999;"],
    ids=ascii,
)
def test_a_character_nobody_can_write_spoils_no_picture(sign: str) -> None:
    found = safe_html(f'<p>One{sign}</p><img src="https://a.example/x{sign}.jpg" alt="{sign}The pier"> two{sign} &#233;')
    assert "One" in found
    assert "two" in found
    assert "The pier" in found
    assert "\u00e9" in found
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", found)
