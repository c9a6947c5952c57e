"""What a network's answer, or the lack of one, means: Deferred, Rejected or Ambiguous, and what is still allowed.

The rule: unless it is certain that nothing was published, it is Ambiguous. Steps that publish nothing (uploads,
look-ups, signing in) may be repeated, so for them doubt is only a delay. Only adapters use it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from mwcampaign.core.ports import Allowance
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Reach, Rejected

NOTHING_WRITTEN = frozenset(
    {
        "ConnectError",  # httpx: refused, unknown host, TLS handshake
        "ConnectTimeout",  # httpx, requests
        "ConnectTimeoutError",  # urllib3
        "ConnectionRefusedError",
        "InvalidProxyURL",  # requests
        "InvalidSchema",  # requests
        "InvalidURL",  # requests, http.client
        "MissingSchema",  # requests
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
    step: str,
    status: int,
    *,
    visible: bool = True,
    said: str = "",
    wait: timedelta | None = None,
    limited: Reach = "account",
    refused: Reach = "post",
) -> PublishError:
    """Judge an answer that is no success by its status; `said` is the server's reason, made `clean` by the caller.

    `limited` tells whose limit a 429 is about, `refused` whom else a refusal concerns, where the network says so.
    """
    told = f"{step}: the server answered {status}" + (f": {said}" if said else "")
    match status:
        case 429:
            return Deferred(told, wait, reach=limited)
        case 401:
            return CredentialRejected(told)
        case 408:
            return _doubt(told, visible)
        case _ if 400 <= status < 500:
            return Rejected(told, reach=refused)
        case _:
            # A redirect too: it asks for one more step, and promises nowhere that the first one did nothing.
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
    told = _lower(headers)
    there = _there(told, now)
    for name in ("retry-after", "x-rate-limit-reset", "ratelimit-reset", "x-ratelimit-reset"):
        wait = _wait(told.get(name, ""), there)
        if wait is not None:
            return wait
    return None


def allowed(
    headers: Mapping[str, str], limit: str, now: datetime, *, shared: bool = False, cost: int = 1
) -> Allowance | None:
    """Return what the headers LIMIT-remaining and LIMIT-reset say, None where one is missing or unreadable.

    A post takes `cost` of what remains. The reset is reckoned from the server's own Date, and told by our clock: theirs
    may be wrong by any amount.
    """
    told = _lower(headers)
    left, wait = told.get(f"{limit}-remaining", ""), _wait(told.get(f"{limit}-reset", ""), _there(told, now))
    if wait is None or not (left.isascii() and left.isdigit()):
        return None
    return Allowance(int(left[:12]) // cost, now + wait, shared)


class LastTold(threading.local):
    """What the answer to this thread's last publish said: adapters are shared by threads."""

    allowances: tuple[Allowance, ...] = ()


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value.strip() for name, value in headers.items()}


def _there(told: Mapping[str, str], now: datetime) -> datetime:
    """Return the instant by the server's clock, ours where it does not tell."""
    return _moment(told.get("date", "")) or now


def _wait(value: str, there: datetime) -> timedelta | None:
    """Read a span or a date as a wait, from 1 s to a day; None when it is neither."""
    if value.isascii() and value.isdigit():
        number = int(value[:12])
        # A billion seconds are thirty years: such a number is a date, a smaller one a span.
        seconds = number - there.timestamp() if number > 1_000_000_000 else float(number)
    elif moment := _moment(value):
        seconds = (moment - there).total_seconds()
    else:
        return None
    return min(max(timedelta(seconds=seconds), timedelta(seconds=1)), LONGEST_WAIT)


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
