"""Pages whose entries a script fills in are called that, with the platform's own address; articles never are."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import NoUpdatesError
from crawler.extraction import extract
from crawler.page import Page
from crawler.scripted import RENDERED_HEADER, scripted
from tests.conftest import CORPUS

URL = "https://times.example/news/storm"
WORDS = "<p>The harbour bridge is shut, the harbour office says, and it stays shut until the wind has gone down.</p>"
EMBEDS = {
    '<div class="elb-liveblog" data-endpoint="/wp-json/easy-liveblogs/v1/liveblog/7"><ul></ul></div>': (
        "Easy Liveblogs list at https://times.example/wp-json/easy-liveblogs/v1/liveblog/7"
    ),
    '<div class="live-center-embed" data-src="https://livecenter.norkon.net/frame/vale/60404/default"></div>': (
        "Norkon embed at https://livecentercdn.norkon.net/BulletinFeed/vale/60404/Initial/"
    ),
    "<tickaroo-liveblog liveblogId='a1' clientId='b2' themeId='c'></tickaroo-liveblog>": (
        "Tickaroo embed at https://cdn.tickaroo.com/api/embed/v4/prefetch/liveblog.json?client_id=b2&liveblogId=a1"
    ),
    '<div id="LB24_LIVE_CONTENT" data-eid="2441056855163817172"></div><script src="https://v.24liveblog.com/24.js"></script>': (
        "24liveblog embed at https://data.24liveplus.com/v1/retrieve_server/x/event/2441056855163817172/news/"
    ),
    '<div class="arena-liveblog" data-publisher="vale" data-event="yisx" data-version="2"></div>': "Arena embed",
    '<div class="scrbbl-embed" data-src="/event/867043"></div>': "ScribbleLive embed",
    '<iframe id="liveblog-iframe" src="//live.times.example/lb/5f/index.html"></iframe>': (
        "Sourcefabric embed at https://live.times.example/lb/5f/index.html"
    ),
    '<ul id="livedesk-root"><li>Loading...</li></ul>': "Sourcefabric embed",
    '<div class="lb-timeline"></div>': "Sourcefabric embed",
    '<div id="wpcom-liveblog-container" class="7"></div>': "WordPress live blog",
    '<amp-live-list id="a" data-poll-interval="15000"><button update>New</button><div items></div></amp-live-list>': "empty amp-live-list",
}
ARTICLES = {
    "platforms' scripts and styles": "<style>.elb-liveblog, .live-center-embed {}</style><script>var lb24, scrbbl</script>" + 9 * WORDS,
    "asks for JavaScript for its comments": "<noscript>Please enable JavaScript to read the comments.</noscript>" + 9 * WORDS,
    "an application with its text": f'<div id="root">{9 * WORDS}</div><script src="/app.js"></script>',
    "an empty root beside the text": f'<div id="app"></div><script src="/app.js"></script>{9 * WORDS}',
    "a short notice": WORDS,
    "nothing": "",
}


def page(body: str, url: str = URL, **fields: object) -> Page:
    return Page(url=url, body=f"<html><head><title>Storm</title></head><body><h1>Storm</h1>{body}</body></html>".encode(), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(("embed", "words"), EMBEDS.items(), ids=[words.partition(" at ")[0] for words in EMBEDS.values()])
def test_the_sentence_names_what_is_empty_and_the_address(embed: str, words: str) -> None:
    with pytest.raises(NoUpdatesError) as caught:
        extract(page(9 * WORDS + embed))
    advice = "poll that address, or crawl with --browser" if " at " in words else "crawl with --browser"
    assert str(caught.value).startswith(f"no live updates found in {URL} (")
    assert str(caught.value).endswith(f": its entries are filled in by script ({words}); {advice}")


def test_an_application_in_an_empty_root() -> None:
    with pytest.raises(
        NoUpdatesError, match=r"filled in by script \(the page is an application in an empty #root\); crawl with --browser$"
    ):
        extract(Page(url=URL, body=b'<html><body><div id="root"></div><script src="/app.js"></script></body></html>'))


def test_what_stands_behind_noscript_fills_no_application() -> None:
    links = "".join(f'<p><a href="/{number}">Read the story of the storm without a script</a></p>' for number in range(20))
    root = '<div id="root"></div><script src="/app.js"></script>'
    assert scripted(page(f"{root}<noscript><div>{links}</div></noscript>")) is not None
    assert scripted(page(f"{root}<template><div>{links}</div></template>")) is not None
    assert scripted(page(f"{root}<div>{links}</div>")) is None


def test_a_live_page_that_asks_for_javascript() -> None:
    noscript = "<noscript>You need to enable JavaScript to follow this.</noscript>"
    assert scripted(page(noscript, url="https://times.example/live/storm")) is not None
    assert scripted(page(noscript)) is None, "nothing says that it is live"


def test_a_page_that_the_browser_left_empty() -> None:
    body = '<div class="elb-liveblog" data-endpoint="/feed"></div>'
    with pytest.raises(NoUpdatesError, match=r"the browser waited for them in vain; poll that address$"):
        extract(page(body, headers={RENDERED_HEADER.title(): "chromium"}))


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "http://[", "https://times.example/" + "a" * 999, "https://a.example/\x1b]0;x\x07"]
)
def test_an_address_that_is_none_is_not_named(address: str) -> None:
    found = scripted(page(f'<div class="elb-liveblog" data-endpoint="{address}"></div>'))
    assert found is not None
    assert found.address is None


@pytest.mark.parametrize("body", ARTICLES.values(), ids=ARTICLES)
def test_an_article_is_not_called_that(body: str) -> None:
    with pytest.raises(NoUpdatesError) as caught:
        extract(page(body))
    assert "filled in by script" not in str(caught.value)


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of real pages is not here")
def test_no_real_article_is_called_that() -> None:
    for entry in json.loads((CORPUS / "index.json").read_text(encoding="utf-8")):
        if entry["negative"]:
            (path,) = (CORPUS / "pages").glob(f"{entry['slug']}.*")
            assert scripted(Page(url=entry["url"], body=path.read_bytes())) is None, entry["slug"]


@pytest.mark.parametrize("around", ["", "live ", "alive-" * 9, "Live"])
def test_a_word_is_found_wherever_it_stands(around: str) -> None:
    for filling in ("x" * 40_000, "live " * 8_000):
        for body in (f"<p>{filling}<b>{around}elb-liveblog</b>", f"<p>{around}elb-liveblog {filling}", f"<p>{filling}elb-liveblog{around}"):
            page = Page(url="https://paper.example/a", body=body.encode())
            assert page.holds(b"elb-liveblog")
            assert not page.holds(b"elb-liveblog-posts")
            assert not page.names_live_blog


def test_what_a_script_of_data_says_is_no_markup() -> None:
    said = '{"@type": "LiveBlogPosting", "articleBody": "</head><body> elb-liveblog-post"}'
    data = f'<script type="application/ld+json">{said}</script>'
    page = Page(url="https://paper.example/a", body=f'<html lang="en"><head>{data}<meta name="a" content="b"></head><p>Rain</p>'.encode())
    assert page.names_live_blog
    assert page.meta("a") == "b"
    assert "selector" not in vars(page), "what stands in the head was read without the rest"
    assert page.markup == page.body.replace(said.encode(), b"")


ASKED = (
    b"elb-liveblog-post",
    b"<amp-live-list",
    b"wpcom-liveblog-container",
    b"liveBlogUpdate",
    b"a" * 18 + b"live",
    b"x" * 19 + b"live",
    b"live" + b"b" * 18,
)


@given(st.lists(st.sampled_from((*ASKED, b"Live", b"live-", b" ", b"<div>", b"x" * 25, b"elb-", b"blog", *(word[:12] for word in ASKED)))))
def test_looking_around_each_live_finds_what_a_search_of_all_would(pieces: list[bytes]) -> None:
    body = b"".join(pieces) + b" " * 3000
    page = Page(url="https://paper.example/a", body=body)
    assert [page.holds(word) for word in ASKED] == [word in body for word in ASKED]
