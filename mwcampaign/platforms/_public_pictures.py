"""Pictures on a public address, for networks that fetch them and take no bytes. Only such networks' adapters use it.

The scheme: the option `public_base_url` is an https address of a folder, and a picture is looked for there as its
sha256 in hex with the suffix of its kind, such as https://media.museum.example/mw/3f…9c.jpg. Somebody puts it there, or
the option `public_upload` names where (see _public_targets). Nothing is posted before the address serves exactly the
picture's bytes: a network that fetches something else would show something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from mwcampaign.core.campaign import Account
from mwcampaign.core.message import Picture
from mwcampaign.errors import Deferred, Rejected
from mwcampaign.platforms._calls import here, ways
from mwcampaign.platforms._outcome import of_status, of_transport
from mwcampaign.platforms._public_targets import target

if TYPE_CHECKING:
    import httpx

OPTIONS = ("public_base_url", "public_upload")
SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png"}
NEXT_LOOK = timedelta(minutes=2)
CONNECT = 10.0


class PublicPictures:
    """One account's public folder. Constructing opens nothing; safe for threads.

    `patience` counts seconds from a request until an answer that is not whole counts as lost.
    """

    def __init__(self, account: Account, secrets: Mapping[str, str], patience: float) -> None:
        self._base = account.options.get("public_base_url", "").rstrip("/")
        self._target = account.options.get("public_upload", "")
        self._secrets, self._patience = secrets, patience

    def address(self, picture: Picture) -> str:
        """Return where a picture has to be. Raises Rejected when the account does not say where pictures are."""
        if not self._base:
            raise Rejected("public picture: the account has no option public_base_url", reach="account")
        if not (self._base.startswith("https://") or here(self._base)):
            raise Rejected("public picture: public_base_url must be an https address", reach="account")
        return f"{self._base}/{name(picture)}"

    def ready(self, picture: Picture, content: bytes) -> str:
        """Return the address once it serves exactly `content`; put the picture there first where we may.

        Raises Deferred while it is not there, Rejected when something else is.
        """
        url = self.address(picture)
        step = f"public picture {picture.name}"
        served = self._served(step, url, len(content))
        if served == content:
            return url
        if self._target:
            # Also over something else: a broken upload leaves half a picture.
            target(self._target, self._secrets, self._patience).put(step, name(picture), picture.mime, content)
            served = self._served(step, url, len(content))
            if served == content:
                return url
        if served is None:
            what = "was put there and is not served yet" if self._target else f"put {picture.name} there"
            raise Deferred(f"{step}: {url} is not there; {what}", NEXT_LOOK)
        raise Rejected(
            f"{step}: {url} serves other bytes than the picture has; the server must give it out unchanged "
            "(no resizing, no conversion)"
        )

    def _served(self, step: str, url: str, size: int) -> bytes | None:
        """Return what an address serves, one byte more than `size` at most; None when nothing is there."""
        import httpx

        try:
            way: httpx.BaseTransport = ways()(httpx.Limits(max_connections=1))  # type: ignore[call-arg]
            try:
                return _read(step, way.handle_request(self._request(url)), size)
            finally:
                way.close()
        except httpx.InvalidURL:
            raise Rejected(f"{step}: public_base_url is not a valid address", reach="account") from None
        except httpx.HTTPError as error:
            raise of_transport(step, error, visible=False) from None

    def _request(self, url: str) -> httpx.Request:
        import httpx

        timeout = httpx.Timeout(self._patience, connect=min(CONNECT, self._patience))
        # As it lies there: a packed answer would have other bytes.
        headers = {"Accept-Encoding": "identity"}
        return httpx.Request("GET", url, headers=headers, extensions={"timeout": timeout.as_dict()})


def name(picture: Picture) -> str:
    """Return a picture's name in the public folder."""
    if (suffix := SUFFIXES.get(picture.mime)) is None:
        raise Rejected(f"public picture {picture.name}: {picture.mime} is taken by none of these networks")
    return picture.digest + suffix


def _read(step: str, answer: httpx.Response, size: int) -> bytes | None:
    import httpx

    assert isinstance(answer.stream, httpx.SyncByteStream)
    try:
        if answer.status_code in {403, 404, 410}:
            # An S3 bucket says 403 for what is not there.
            return None
        if 300 <= answer.status_code < 400:
            raise Rejected(f"{step}: its address leads elsewhere ({answer.status_code}); state the last one")
        if answer.status_code != 200:
            raise of_status(step, answer.status_code, visible=False)
        read = bytearray()
        for piece in answer.stream:
            read += piece
            if len(read) > size:
                break
        return bytes(read)
    finally:
        answer.close()
