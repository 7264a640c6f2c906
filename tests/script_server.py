"""A page server on loopback whose entries are filled in by a script, and a second one that nobody may reach."""

from __future__ import annotations

import json
import socket
import time
from contextlib import AbstractContextManager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.served import served

ENTRIES = [
    {"id": number, "at": f"2026-03-01T0{9 - number}:00:00Z", "title": title, "text": f"{title}, the harbour office says – and stays so."}
    for number, title in enumerate(["Bridge shut", "Wind rises", "Ferries stopped", "Storm named"], start=1)
]
FILL = """
fetch("/entries.json").then(answer => answer.json()).then(entries => {
  document.querySelector(".elb-liveblog").innerHTML = "<ul>" + entries.map(entry =>
    `<li class="elb-liveblog-post" data-elb-post-id="${entry.id}"><h2 class="elb-liveblog-post-heading">${entry.title}</h2>` +
    `<p class="elb-liveblog-post-time"><time datetime="${entry.at}">${entry.at}</time></p>` +
    `<div class="elb-liveblog-post-content"><p>${entry.text}</p></div></li>`).join("") + "</ul>";
});
"""
PAGE = """<!doctype html><html lang="en"><head><meta charset="iso-8859-1"><title>Storm over Vale</title></head>
<body><h1>Storm over Vale</h1><img src="/picture.png"><div class="elb-liveblog" data-endpoint="/entries.json"></div>
<script>{attack}</script><script src="/fill.js"></script></body></html>"""
SECRET = "http://127.0.0.1:{secret}/secret"
METADATA = "http://169.254.169.254/latest/meta-data/"

# What a page's script may try to reach the machine it is read on.
ATTACKS = {
    "fetch": "for (const url of [{urls}]) fetch(url, {{mode: 'no-cors'}}).catch(() => 0);",
    "iframe": "for (const url of [{urls}]) document.body.append(Object.assign(document.createElement('iframe'), {{src: url}}));",
    "script": "for (const url of [{urls}]) document.body.append(Object.assign(document.createElement('script'), {{src: url}}));",
    "redirected": "for (const url of [{urls}]) fetch('/to?' + url, {{mode: 'no-cors'}}).catch(() => 0);",
    "redirected_iframe": "for (const url of [{urls}]) document.body.append(Object.assign(document.createElement('iframe'), "
    "{{src: '/to?' + url}}));",
    "websocket": "for (const url of [{urls}]) new WebSocket(url.replace('http', 'ws'));",
    "beacon": "for (const url of [{urls}]) navigator.sendBeacon(url, 'x');",
    "popup": "for (const url of [{urls}]) window.open(url);",
    "worker": "for (const url of [{urls}]) new Worker(URL.createObjectURL(new Blob([`fetch('${{url}}', {{mode: 'no-cors'}})`])));",
    "preconnect": "for (const url of [{urls}]) document.head.append(Object.assign(document.createElement('link'), "
    "{{rel: 'preconnect', href: url}}));",
    "webrtc": "const ice = ['stun:127.0.0.1:{secret}', 'turn:127.0.0.1:{secret}?transport=udp', 'turn:127.0.0.1:{secret}?transport=tcp'];"
    "const peer = new RTCPeerConnection({{iceServers: [{{urls: ice, username: 'a', credential: 'b'}}]}}); peer.createDataChannel('x'); "
    "peer.createOffer().then(offer => peer.setLocalDescription(offer));",
    "webtransport": "new WebTransport('https://127.0.0.1:{secret}/secret').ready.catch(() => 0);",
    "location": "setTimeout(() => {{ location = {first}; }}, 50);",
    "refresh": "document.head.append(Object.assign(document.createElement('meta'), "
    "{{httpEquiv: 'refresh', content: '0; url=' + {first}}}));",
}


def attack(name: str, *, secret: int) -> str:
    urls = [SECRET.format(secret=secret), METADATA, f"http://localhost:{secret}/secret", f"http://[::ffff:127.0.0.1]:{secret}/secret"]
    return ATTACKS[name].format(urls=", ".join(map(json.dumps, urls)), first=json.dumps(urls[0]), secret=secret)


class ScriptServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, pages: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages = pages
        self.log: list[tuple[str, str]] = []  # (path, user agent)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: ScriptServer
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_GET(self) -> None:
        self.server.log.append((self.path, self.headers.get("User-Agent", "")))
        path, _, query = self.path.partition("?")
        status, kind, body = 404, "text/html", b"<p>not found</p>"
        if path == "/to":
            status = 302
        elif path == "/fill.js":
            status, kind, body = 200, "text/javascript", FILL.encode()
        elif path == "/entries.json":
            status, kind, body = 200, "application/json", json.dumps(ENTRIES).encode()
        elif path == "/never":
            time.sleep(8)
        elif path in self.server.pages:
            status, body = 200, self.server.pages[path].encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", query)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def script_server(pages: dict[str, str] | None = None) -> AbstractContextManager[ScriptServer]:
    return served(ScriptServer({"/live": PAGE.format(attack=""), **(pages or {})}))


class Secret:
    """A port that counts who came: connections and datagrams, whatever they say."""

    def __init__(self) -> None:
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))

    def visits(self) -> int:
        """How many came since the port was opened; it closes with that."""
        count = 0
        for listener, take in ((self.tcp, self.tcp.accept), (self.udp, lambda: self.udp.recvfrom(64))):
            listener.settimeout(0.05)
            with suppress(TimeoutError):
                while True:
                    visitor = take()[0]
                    count += 1
                    if isinstance(visitor, socket.socket):
                        visitor.close()
            listener.close()
        return count
