"""The proxy between the browser and the network, asked by hand: it goes only where the guard lets a crawl go."""

from __future__ import annotations

import asyncio

import pytest

from crawler.browser_proxy import BrowserProxy
from tests.script_server import Secret, script_server

MIB = 1024 * 1024


def ask(request: str, **options: object) -> tuple[bytes, list[str]]:
    """What the proxy answers to one request, and what it refused."""

    async def asked() -> tuple[bytes, list[str]]:
        async with BrowserProxy(**options) as proxy:  # type: ignore[arg-type]
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(request.encode("latin-1"))
            answer = await asyncio.wait_for(reader.read(), 20)
            writer.close()
            return answer, list(proxy.refused)

    return asyncio.run(asked())


HOSTS = ["127.0.0.1", "localhost", "secret.localhost", "2130706433", "0x7f.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "0"]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("method", ["GET", "CONNECT"])
def test_a_private_address_is_refused_however_it_is_spelt(host: str, method: str) -> None:
    secret = Secret()
    # Another port of the same host is exempt: that lets nobody in here.
    for port, why in ((secret.port, b"is not a port of the web"), (80, b"is the private address"), (443, b"is the private address")):
        target = f"{host}:{port}" if method == "CONNECT" else f"http://{host}:{port}/secret"
        answer, refused = ask(f"{method} {target} HTTP/1.1\r\nHost: x\r\n\r\n", exempt=["127.0.0.1:1", "localhost:1"])
        assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")
        assert why in answer
        assert len(refused) == 1
    assert secret.visits() == 0


def test_the_cloud_s_metadata_is_refused() -> None:
    answer, _ = ask("GET http://169.254.169.254/latest/meta-data/ HTTP/1.1\r\n\r\n")
    assert b"169.254.169.254:80 is the private address 169.254.169.254" in answer


@pytest.mark.parametrize(
    "request_",
    [
        "GET / HTTP/1.1\r\nHost: times.example\r\n\r\n",
        "GET https://times.example/ HTTP/1.1\r\n\r\n",
        "GET file:///etc/passwd HTTP/1.1\r\n\r\n",
        "CONNECT times.example HTTP/1.1\r\n\r\n",
        "CONNECT a@times.example:443 HTTP/1.1\r\n\r\n",
        "nonsense\r\n\r\n",
        "GET http://times.example/ HTTP/1.1\r\nno header\r\n\r\n",
        "GET http://times.example/ HTTP/1.1\r\nA: b\nHost: other\r\n\r\n",
        "POST http://times.example/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST http://times.example/ HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        f"POST http://times.example/ HTTP/1.1\r\nContent-Length: {MIB + 1}\r\n\r\n",
    ],
)
def test_what_is_no_request_to_a_proxy_is_refused(request_: str) -> None:
    answer, refused = ask(request_)
    assert answer.split(b" ")[1] in (b"400", b"413")
    assert len(refused) == 1


@pytest.mark.parametrize("request_", ["GET http://[/ HTTP/1.1\r\n\r\n", "GET http://x:99999/ HTTP/1.1\r\n\r\n", "a" * 70_000, ""])
def test_a_broken_request_ends_the_connection(request_: str) -> None:
    async def asked() -> bytes:
        async with BrowserProxy() as proxy:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(request_.encode())
            writer.write_eof()
            try:
                return await asyncio.wait_for(reader.read(), 5)
            except ConnectionError:
                return b""
            finally:
                writer.close()

    assert asyncio.run(asked()) == b""


def test_what_is_exempt_is_passed_on_one_request_a_connection() -> None:
    with script_server() as server:
        one = f"GET http://{server.host}/entries.json HTTP/1.1\r\nProxy-Connection: keep-alive\r\nUser-Agent: Someone\r\n\r\n"
        answer, refused = ask(one + "GET http://169.254.169.254/ HTTP/1.1\r\n\r\n", exempt=[server.host])
        assert server.log == [("/entries.json", "Someone")]
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nConnection: close\r\n" in answer
    assert answer.endswith(b"]")
    assert refused == []


def test_a_tunnel_to_what_is_exempt() -> None:
    with script_server() as server:
        inside = f"GET /entries.json HTTP/1.0\r\nHost: {server.host}\r\n\r\n"
        answer, _ = ask(f"CONNECT {server.host} HTTP/1.1\r\n\r\n{inside}", exempt=[server.host])
    assert answer.startswith(b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"]")


@pytest.mark.parametrize(("kind", "options"), [("GET", {}), ("GET", {"page_largest": MIB}), ("CONNECT", {"page_largest": MIB})])
def test_an_answer_has_an_end(kind: str, options: dict[str, int]) -> None:
    most = options.get("page_largest", 16 * MIB)
    with script_server({"/large": "a" * (20 * MIB)}) as server:
        if kind == "GET":
            request = f"GET http://{server.host}/large HTTP/1.1\r\n\r\n"
        else:
            request = f"CONNECT {server.host} HTTP/1.1\r\n\r\nGET /large HTTP/1.0\r\n\r\n"
        answer, _ = ask(request, exempt=[server.host], **options)
    assert most // 2 < len(answer) <= most + 1000


def test_nobody_answers() -> None:
    answer, _ = ask("GET http://127.0.0.1:1/ HTTP/1.1\r\n\r\n", allow_private=True)
    assert answer.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    answer, _ = ask("GET http://no-such-host.invalid/ HTTP/1.1\r\n\r\n")
    assert b"no such host" in answer
