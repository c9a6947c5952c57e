"""What VK's answers mean: errors come with status 200, posts as objects of a wall. Only the VK adapter uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mwcampaign.core.delivery import Receipt
from mwcampaign.core.ports import Metrics
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.platforms._http import Answer
from mwcampaign.platforms._outcome import unreadable

WITHOUT_ACCESS = frozenset({4, 5, 16, 18, 27, 28, 37, 1114, 1116, 1117, 1118, 3609, 3610})
"""The token, or the person behind it."""
A_PERSON_MUST_ACT = frozenset({14, 17, 24, 25, 41, 3300, 3301, 3302, 3303, 3304, 3305, 11500})
"""Captcha, validation, confirmation."""
NOT_ALLOWED = frozenset({2, 7, 11, 15, 20, 21, 23, 30, 34, 35, 38, 39, 40, 42, 200, 203, 210, 3611, 13000})
"""Rights, roles, the application, the community: no post of this account would pass."""
WRONG = frozenset({3, 8, 19, 33, 100, 101, 103, 104, 113, 114, 122, 125, 129, 150, 219, 220, 222, 224, 225, 300, 9999})
"""The request itself, or what this post holds."""
LATER = {
    6: timedelta(seconds=1),  # too many in one second
    9: None,  # flood
    29: None,  # a limit on calls
    32: None,  # need wait
    43: None,  # a part of VK is off for a while
    214: timedelta(hours=1),  # fifty posts a day, or another post at that very time; VK tells no end
    601: None,  # too many actions today
}
"""Certainly not published, and what to wait; None: VK tells nothing."""

RIGHTS = {
    0: "notify", 1: "friends", 2: "photos", 3: "audio", 4: "video", 6: "stories", 7: "pages", 8: "menu", 10: "status",
    11: "notes", 12: "messages", 13: "wall", 15: "ads", 16: "offline", 17: "docs", 18: "groups", 19: "notifications",
    20: "stats", 22: "email", 27: "market",
}  # fmt: skip
"""The bits of a token's mask, as VK's page on access rights names them."""
MODERATOR = 1
"""The level of a manager who may not write in the community's name."""


def trouble(step: str, answer: Answer, clean: Callable[[object], str], *, visible: bool) -> PublishError | None:
    """Return what an error in an answer means; None where there is none. An error with a number we do not know is
    doubt, as are VK's own failures: 1, 10, 13, 36.

    VK repeats the request's parameters in its errors: only its words are told on, made `clean`.
    """
    error = answer.data.get("error") if isinstance(answer.data, dict) else None
    if error is None:
        return None
    code = error.get("error_code") if isinstance(error, dict) else None
    words = clean(error.get("error_msg")) if isinstance(error, dict) else ""
    told = f"{step}: the server answered with error {code if isinstance(code, int) else '?'}"
    told += f": {words}" if words else ""
    if code in WITHOUT_ACCESS:
        return CredentialRejected(told)
    if code in A_PERSON_MUST_ACT:
        return Rejected(f"{told}; a person must confirm it in VK", reach="account")
    if code in NOT_ALLOWED:
        return Rejected(told, reach="account")
    if code in LATER:
        return Deferred(told, LATER[code], reach="account")
    if code in WRONG:
        return Rejected(told)
    return Ambiguous(told) if visible else Deferred(told, reach="network")


def response(step: str, answer: Answer, *, visible: bool) -> Any:
    """Return what VK answered, or raise that it cannot be understood."""
    if not isinstance(answer.data, dict) or "response" not in answer.data:
        raise unreadable(step, visible=visible)
    return answer.data["response"]


def rights(mask: object, step: str) -> tuple[str, ...]:
    """Return what a token may do, out of a bit mask; () where VK tells none. Raises CredentialRejected when it may not
    post."""
    if not isinstance(mask, int):
        return ()
    told = tuple(name for bit, name in RIGHTS.items() if mask >> bit & 1)
    if lacking := [name for name in ("wall", "photos") if name not in told]:
        what = " and ".join(lacking)
        raise CredentialRejected(f"{step}: the token has no right to {what}; ask VK's developer support, and log in")
    return told


def community(told: object, step: str) -> str:
    """Return a community's short name, "" where VK tells none. Raises CredentialRejected when the person behind the
    token may not post in its name: VK tells that only with the right `groups`."""
    groups = told.get("groups") if isinstance(told, dict) else told
    one = groups[0] if isinstance(groups, list) and groups and isinstance(groups[0], dict) else {}
    if one.get("is_admin") == 0 or one.get("admin_level") == MODERATOR:
        raise CredentialRejected(f"{step}: the person is no editor or administrator of the community; make them one")
    return str(one.get("screen_name") or "")


def number(told: object, name: str, step: str, *, visible: bool = False) -> int:
    """Return a positive number out of an answer, or raise that it cannot be understood."""
    value = told.get(name) if isinstance(told, dict) else None
    if not isinstance(value, int) or value <= 0:
        raise unreadable(step, visible=visible)
    return value


def photo(told: object, step: str) -> str:
    """Return the name of a saved photo, as wall.post wants it."""
    saved = told[0] if isinstance(told, list) and told else None
    owner = saved.get("owner_id") if isinstance(saved, dict) else None
    if not isinstance(owner, int):
        raise unreadable(step, visible=False)
    return f"photo{owner}_{number(saved, 'id', step)}"


def items(told: object, step: str) -> list[dict[str, Any]]:
    """Return the posts of an answer."""
    posts = told.get("items") if isinstance(told, dict) else None
    if not isinstance(posts, list) or not all(isinstance(post, dict) for post in posts):
        raise unreadable(step, visible=False)
    return posts


def same(post: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    """Tell whether a post reads as was asked for and has as many photos: what VK calls a photo in a post is not told to
    be what it was called before."""
    wanted = [each for each in str(told.get("attachments", "")).split(",") if each]
    return str(post.get("text") or "").strip() == str(told["message"]).strip() and _photos(post) == len(wanted)


def _photos(post: Mapping[str, Any]) -> int:
    attached = post.get("attachments")
    each = attached if isinstance(attached, list) else []
    return sum(1 for one in each if isinstance(one, dict) and one.get("type") == "photo")


def receipt(post: Mapping[str, Any], group: str) -> Receipt:
    """Return the proof that a post on a community's wall is."""
    remote_id = str(number(post, "id", "look"))
    return Receipt(remote_id, address(group, remote_id), moment(post))


def address(group: str, post: str) -> str:
    """Return where people see a post."""
    return f"https://vk.com/wall-{group}_{post}"


def moment(post: Mapping[str, Any]) -> datetime:
    """Return when a post was made."""
    return datetime.fromtimestamp(number(post, "date", "look"), UTC)


def figures(post: Mapping[str, Any]) -> Metrics:
    """Return VK's public figures."""
    told = {}
    for name in ("likes", "reposts", "comments", "views"):
        part = post.get(name)
        count = part.get("count") if isinstance(part, dict) else None
        told[name] = count if isinstance(count, int) else None
    return Metrics(likes=told["likes"], reposts=told["reposts"], replies=told["comments"], views=told["views"])
