"""A small web server on this machine, to fetch from and to misbehave."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Site(ThreadingHTTPServer):
    """Serves `files`; counts what it is asked for.

    ranges: whether it honours Range; cut_after: end the next answer after so many
    bytes; etag: sent as the validator; type: the content type.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.ranges = True
        self.cut_after: list[int] = []
        self.etag = '"one"'
        self.type = "application/octet-stream"
        self.asked: list[str | None] = []

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{name}"


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self):
        site, wanted = self.server, self.headers.get("Range")
        site.asked.append(wanted)
        body = site.files.get(self.path.lstrip("/"))
        if body is None:
            self.send_error(404)
            return
        start = 0
        same = self.headers.get("If-Range") in (None, site.etag)
        if wanted and site.ranges and same:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(body):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(body)}")
                self.end_headers()
                return
            self.send_response(206)
            span = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self.send_header("Content-Range", span)
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(body) - start))
        self.send_header("Content-Type", site.type)
        self.send_header("ETag", site.etag)
        self.end_headers()
        end = start + site.cut_after.pop(0) if site.cut_after else None
        self.wfile.write(body[start:end])

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def site():
    """A running `Site`."""
    server = Site()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
