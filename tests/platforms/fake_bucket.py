"""A store that speaks S3's language, and keeps what is put in a web server's folder: for tests of public pictures."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.platforms.fake_graph import PublicFolder

ACCESS_KEY = "AKC4N4RY"


class Bucket(ThreadingHTTPServer):
    """An S3 store with the bucket `museum`, whose files a web server serves: objects are put by path, signed."""

    daemon_threads = True

    def __init__(self, folder: PublicFolder) -> None:
        super().__init__(("127.0.0.1", 0), _Store)
        self.folder = folder
        self.refuse: tuple[int, str] | None = None
        self.spoils = False
        """Keep other bytes than were put, as services that optimise pictures do."""
        self.kinds: list[str] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def target(self) -> str:
        """Return what the account states."""
        return f"s3://museum/week/mw?endpoint=http://127.0.0.1:{self.server_address[1]}&region=eu-west-3"


class _Store(BaseHTTPRequestHandler):
    server: Bucket
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_PUT(self) -> None:
        """Keep an object."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = self.headers.get("Authorization", "")
        bucket, _, key = self.path.split("?")[0].strip("/").partition("/")
        status, code = self.server.refuse or (200, "")
        if not signed.startswith(f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/"):
            status, code = 403, "InvalidAccessKeyId"
        elif bucket != "museum":
            status, code = 404, "NoSuchBucket"
        if status == 200:
            self.server.kinds.append(self.headers["Content-Type"])
            self.server.folder.put(key.removeprefix("week/mw/"), body[:-1] if self.server.spoils else body)
        told = f"<Error><Code>{code}</Code><Message>No</Message></Error>".encode() if code else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)
