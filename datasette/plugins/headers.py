"""Security headers on every response. The archive holds hostile text: no page runs a script that is not in its templates."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from jinja2 import Environment

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_COMMON = "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_OURS = f"default-src 'none'; script-src 'self'; style-src 'self'; {_COMMON}"
_OURS_AMONG_THEIRS = ("health", "health.json")  # below /-/
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-opener-policy": "same-origin",
}


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[Any], Any]:
    looser = f"default-src 'none'; script-src 'self' {inline_hashes(datasette.jinja_env)}; style-src 'self' 'unsafe-inline'; {_COMMON}"

    def wrap(app: Any) -> Any:
        async def with_headers(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            policy = looser if _is_datasettes_own(scope["path"], datasette) else _OURS

            async def send_with_headers(message: dict[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    added = {"content-security-policy": policy, **_ALWAYS}
                    kept = [pair for pair in message.get("headers", []) if pair[0].decode("latin-1").lower() not in added]
                    message = {**message, "headers": kept + [[name.encode(), value.encode()] for name, value in added.items()]}
                await send(message)

            await app(scope, receive, send_with_headers)

        return with_headers

    return wrap


def inline_hashes(env: Environment) -> str:
    """The sources of a policy that lets the inline scripts of the templates run, and no other.

    The one script that is filled in when a page is made says whether facets may be asked for: true or false.
    Style attributes and elements are all over Datasette's pages, so styles are not narrowed there.
    """
    scripts: set[str] = set()
    for name in env.list_templates(filter_func=lambda name: name.endswith(".html") and not name.startswith("default:")):
        for template in {name, f"default:{name}"}:
            source = _source(env, template)
            for script in _INLINE_SCRIPT.findall(source):
                scripts |= {script.replace("{{ datasette_allow_facet }}", value) for value in ("true", "false")}
    known = sorted(script for script in scripts if "{{" not in script and "{%" not in script)
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in known)


def _source(env: Environment, template: str) -> str:
    try:
        return env.loader.get_source(env, template)[0].replace("\r\n", "\n")
    except LookupError:  # jinja2.TemplateNotFound: only ours, or only Datasette's
        return ""


def _is_datasettes_own(path: str, datasette: Datasette) -> bool:
    first, _, rest = path.removeprefix(datasette.setting("base_url").rstrip("/")).lstrip("/").partition("/")
    return (first == "-" and rest not in _OURS_AMONG_THEIRS) or first.split(".")[0] in datasette.databases
