"""What goes in and out over HTTP: nothing too large, nothing from or to elsewhere."""

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["Guard"]

FORM = 1_000_000  # bytes that a request may have beside its file
POLICY = "; ".join(
    [
        "default-src 'self'",
        # Gradio's page has its scripts within it, and compiles templates.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "worker-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "permissions-policy": "camera=(self), microphone=(self), geolocation=()",
}
# For previews in chats and for installing: addresses of others that nobody needs here.
FOREIGN = re.compile(
    rb"<meta\s[^>]*?(?:property=\"og:|name=\"twitter:)[^>]*>|"
    rb"<link\s[^>]*?rel=\"(?:preconnect|dns-prefetch|manifest)\"[^>]*>|"
    rb"https://github\.com/gradio-app/[^\"]*",  # examples of how to call it
    re.DOTALL,
)


class Guard:
    """Wraps an ASGI application.

    Answers tell the browser to fetch nothing from elsewhere and to keep nothing. What
    another site's page sends is refused, and so is, before it is read, what is larger
    than a clip.

    Args:
        app: The application.
        most: Bytes of a clip.
    """

    def __init__(self, app: Any, *, most: int) -> None:
        self.app, self.most = app, most + FORM

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if scope["method"] in ("POST", "PUT", "PATCH", "DELETE"):
            if _from_elsewhere(headers):
                await _refuse(send, 403, "This is for its own page alone.")
                return
            if self._too_large(headers):
                await _refuse(send, 413, "This is larger than what goes in here.")
                return
        await self.app(scope, receive, _Sending(send))

    def _too_large(self, headers: Mapping[bytes, bytes]) -> bool:
        told = headers.get(b"content-length", b"")
        # A browser always tells; who does not may send without end.
        return not told.isdigit() or int(told) > self.most


def _from_elsewhere(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser says that another site's page sends this."""
    origin = headers.get(b"origin")
    if origin is None:
        return False  # no browser
    return origin.partition(b"://")[2] != headers.get(b"host")


class _Sending:
    """Passes an answer on, with our headers; a page is held back to be cleaned."""

    def __init__(self, send: Any) -> None:
        self.send, self.start, self.page = send, None, b""

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self.start is None:
            await self.send(message)
        else:
            self.page += message.get("body", b"")
            if not message.get("more_body"):
                await self._page()

    async def _begin(self, message: Any) -> None:
        headers = [
            (name, value)
            for name, value in message["headers"]
            if name.lower().decode() not in HEADERS
        ]
        headers += [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        kind = dict(headers).get(b"content-type", b"")
        if b"cache-control" not in dict(headers):
            headers.append((b"cache-control", b"no-store"))
        message = {**message, "headers": headers}
        if kind.startswith(b"text/html") and b"content-encoding" not in dict(headers):
            self.start = message
        else:
            await self.send(message)

    async def _page(self) -> None:
        body = FOREIGN.sub(b"", self.page)
        headers = [
            (name, value)
            for name, value in self.start["headers"]
            if name != b"content-length"
        ]
        headers.append((b"content-length", str(len(body)).encode()))
        await self.send({**self.start, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


async def _refuse(send: Any, status: int, sentence: str) -> None:
    body = sentence.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
