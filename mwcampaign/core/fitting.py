"""A text that is too long, made shorter as its post says (`fit`); nothing is ever cut. For core.wish."""

from __future__ import annotations

from mwcampaign.core.checks import too_long
from mwcampaign.core.ports import Platform
from mwcampaign.core.post import Drop
from mwcampaign.core.render import Renderer, RenderFault
from mwcampaign.core.spelling import listed
from mwcampaign.core.wanted import Remark, Wanted


def render(wanted: Wanted, renderer: Renderer) -> None:
    """Put the message into what is wanted, or a remark on why there is none."""
    told = wanted.post, wanted.part, wanted.theme, wanted.institution, wanted.account, wanted.language
    try:
        wanted.message = renderer.message(*told, short=wanted.short, without=wanted.without)
    except RenderFault as fault:
        wanted.message = None
        wanted.remarks.append(Remark(fault.code, fault.what, fault=fault))


def shorten(wanted: Wanted, renderer: Renderer, platform: Platform) -> None:
    """Put a shorter message into what is wanted, and say so: its short variant, or itself without its parts."""
    post, network = wanted.post, wanted.account.network
    if isinstance(post.fit, Drop):
        _drop(wanted, post.fit, renderer, platform)
    elif choice := renderer.choice(post, wanted.part, network, wanted.language, short=True):
        wanted.choice, wanted.short = choice, True
        render(wanted, renderer)
        wanted.remarks.append(Remark("MW326", f"the short variant is taken on {network}{_of(wanted)}"))


def _drop(wanted: Wanted, fit: Drop, renderer: Renderer, platform: Platform) -> None:
    for name in fit.drop:
        before, without = wanted.message, wanted.without
        wanted.without = (*without, name)
        render(wanted, renderer)
        if wanted.message == before:
            # Nothing of this text goes by that name.
            wanted.without = without
        elif wanted.message is None or not too_long(wanted.message, platform):
            break
    if wanted.without:
        what = (
            f"left out on {wanted.account.network}{_of(wanted)}, where the text is too long: {listed(wanted.without)}"
        )
        wanted.remarks.append(Remark("MW325", what))


def _of(wanted: Wanted) -> str:
    return f" in part {wanted.part + 1}" if wanted.part else ""


def advice(wanted: Wanted) -> str:
    """Return what to do about a text that is too long although its post says what may happen then."""
    fit = wanted.post.fit
    if wanted.short:
        return "this is the short variant: shorten it"
    if not isinstance(fit, Drop):
        return f"there is no short variant for it: add one for {wanted.account.network}"
    if wanted.without:
        return f"it is too long without {listed(wanted.without)}: shorten what remains"
    between = f"{{% if room.{fit.drop[0]} %}} and {{% endif %}}"
    return f"nothing in this text may be left out: put what may between {between}"
