"""Makes the pictures of docs/reading-room.md: every page of the sample archive, wide and narrow, light and dark.

    python docs/screenshots.py

It wants the extra [browser-tests] and Chromium. The pictures are WebP, small enough to live in the repository.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from crawler.browser import chromium  # noqa: E402
from tests.sample_archive import make  # noqa: E402
from tests.test_pages import addresses, served  # noqa: E402

OUT = ROOT / "docs" / "screenshots"
PAGES = ("home", "search", "nothing", "live", "long-live", "edited", "withdrawn", "publisher", "publishers", "health")
# Name, width of the window, the most of the page's height that is shown, and how much smaller the picture is than the window.
WINDOWS = (("wide", 1280, 1500, 0.7), ("narrow", 390, 1500, 0.75))
QUALITY = 55


def main() -> None:
    OUT.mkdir(exist_ok=True)
    for old in OUT.glob("*.webp"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        make(Path(folder))
        found = addresses(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium())
        with served(Path(folder)) as base:
            for window, width, height, scale in WINDOWS:
                for scheme in ("light", "dark"):
                    context = browser.new_context(base_url=base, viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
                    page = context.new_page()
                    for name in PAGES:
                        page.goto(found[name])
                        (OUT / f"{name}-{window}-{scheme}.webp").write_bytes(picture(page, width, height, scale))
                    context.close()
        browser.close()
    sizes = [path.stat().st_size for path in OUT.glob("*.webp")]
    print(f"{len(sizes)} pictures, {sum(sizes) / 1e6:.2f} MB, the largest {max(sizes) / 1e3:.0f} kB, in {OUT}")


def picture(page: Page, width: int, most: int, scale: float) -> bytes:
    """The top of a page as WebP, which Playwright itself does not write."""
    height = min(page.evaluate("document.documentElement.scrollHeight"), most)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": scale}
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY, "clip": clip, "captureBeyondViewport": True})
    session.detach()
    return base64.b64decode(taken["data"])


if __name__ == "__main__":
    main()
