"""What a network's answer, or the lack of one, means: Deferred, Rejected or Ambiguous. Only adapters use it.

The rule: unless it is certain that nothing was published, it is Ambiguous. Steps that publish nothing (uploads,
look-ups, signing in) may be repeated, so for them doubt is only a delay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Rejected

NOTHING_WRITTEN = frozenset(
    {
        "ConnectError",  # httpx: refused, unknown host, TLS handshake
        "ConnectTimeout",  # httpx, requests
        "ConnectTimeoutError",  # urllib3
        "ConnectionRefusedError",
        "NewConnectionError",  # urllib3: refused, unknown host
        "PoolTimeout",  # httpx: never got a connection
        "ProxyError",  # never got past the proxy
        "SSLCertVerificationError",
        "gaierror",
    }
)
"""Errors, by name so that no client library is loaded here, that can only happen before the first byte of a request."""
LONGEST_WAIT = timedelta(days=1)
LONGEST_SAYING = 200


def of_transport(step: str, error: BaseException, *, visible: bool = True) -> PublishError:
    """Judge an error without an answer: refused connections defer, all else is doubt when the step is `visible`.

    `error` may be of requests, urllib3, httpx or a client that wraps them; its own words are not repeated.
    """
    names = {kind.__name__ for each in _chain(error) for kind in type(each).__mro__}
    if names & NOTHING_WRITTEN:
        return Deferred(f"{step}: no connection to the server", reach="network")
    return _doubt(f"{step}: the answer was lost ({type(error).__name__})", visible)


def of_status(
    step: str, status: int, *, visible: bool = True, said: str = "", wait: timedelta | None = None
) -> PublishError:
    """Judge an answer that is no success by its status; `said` is the server's reason, made `clean` by the caller."""
    told = f"{step}: the server answered {status}" + (f": {said}" if said else "")
    match status:
        case 429:
            return Deferred(told, wait, reach="account")
        case 401:
            return CredentialRejected(told)
        case 408:
            return _doubt(told, visible)
        case _ if 400 <= status < 500:
            return Rejected(told)
        case _:
            return _doubt(told, visible)


def unreadable(step: str, *, visible: bool = True) -> PublishError:
    """Judge a success that cannot be understood: most likely it happened."""
    return _doubt(f"{step}: the server's answer could not be understood", visible)


def _doubt(told: str, visible: bool) -> PublishError:
    return Ambiguous(told) if visible else Deferred(told, reach="network")


def clean(said: object, secrets: Iterable[str]) -> str:
    """Return a server's reason as one short line without the secrets: careless servers repeat what they were sent."""
    # Half an emoji in an answer must not break whoever writes it down.
    line = " ".join(str(said or "").encode("utf-8", "replace").decode().split())
    for secret in secrets:
        if secret:
            line = line.replace(secret, "***")
    return line[:LONGEST_SAYING]


def wait_told(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long the network asks to wait, from 1 s to a day, or None; `now` counts where it tells no Date."""
    told = {name.lower(): value.strip() for name, value in headers.items()}
    there = _moment(told.get("date", "")) or now
    for name in ("retry-after", "x-rate-limit-reset", "ratelimit-reset", "x-ratelimit-reset"):
        value = told.get(name, "")
        if value.isascii() and value.isdigit():
            number = int(value[:12])
            # A billion seconds are thirty years: such a number is a date, a smaller one a span.
            seconds = number - there.timestamp() if number > 1_000_000_000 else float(number)
        elif moment := _moment(value):
            seconds = (moment - there).total_seconds()
        else:
            continue
        return min(max(timedelta(seconds=seconds), timedelta(seconds=1)), LONGEST_WAIT)
    return None


def _moment(value: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(value)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and everything it wraps, however the library keeps it."""
    todo, seen = [error], set[int]()
    while todo:
        each = todo.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        wrapped = [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
        todo += [inner for inner in wrapped if isinstance(inner, BaseException)]
