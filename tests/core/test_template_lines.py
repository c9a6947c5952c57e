"""Lines of a template end where their author ends them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwcampaign.core.sandbox import Sandbox, plain
from mwcampaign.core.template_lines import mend


def rendered(source: str, **values: Any) -> str:
    """Fill in a template."""
    return Sandbox({}.get).from_string(source).render(plain(values))


@pytest.mark.parametrize(
    ("source", "with_it", "without"),
    [
        # A line that is optional as a whole goes with its line break, or stays with it.
        ("{% if a %}link{% endif %}\nCome!", "link\nCome!", "Come!"),
        ("One\n{% if a %}link{% endif %}\nCome!", "One\nlink\nCome!", "One\nCome!"),
        ("{% if a %}\nlink {% endif %}\nCome!", "link \nCome!", "Come!"),
        ("{% if a %}{# why #}link{% endif %}\r\nCome!", "link\nCome!", "Come!"),
        # A line of which a part is optional stays a line.
        ("Hi{% if a %}, you{% endif %}\nCome!", "Hi, you\nCome!", "Hi\nCome!"),
        ("{% if a %}yes{% else %}no{% endif %}\nCome!", "yes\nCome!", "no\nCome!"),
        ("{{ b }}{% if a %}!{% endif %}\nCome!", "b!\nCome!", "b\nCome!"),
        ("Hi {# to all #}\nCome!", "Hi \nCome!", "Hi \nCome!"),
        ("Hi{% if a %}, you{% endif %}\n\nCome!", "Hi, you\n\nCome!", "Hi\n\nCome!"),
        ("{% if a %}x{% endif %}\n\nCome!", "x\n\nCome!", "\nCome!"),
        # A line with nothing but blocks leaves no line.
        ("One\n{% if a %}\ntwo\n{% endif %}\nthree", "One\ntwo\nthree", "One\nthree"),
        ("{% if a %}\nX\n{% else %}\nY{% endif %}\nCome!", "X\nCome!", "Y\nCome!"),
        ("{# a remark #}\nCome!", "Come!", "Come!"),
        ("{% set x = 1 %}\nCome!", "Come!", "Come!"),
        ("{% if a\n  and b %}\nX\n{% endif %}\nCome!", "X\nCome!", "Come!"),
        # Who says it in Jinja's own signs is heard.
        ("Hi{% if a %}, you{% endif -%}\nCome!", "Hi, youCome!", "HiCome!"),
        ("{% if a %}\nX{% endif +%}\nCome!", "X\nCome!", "\nCome!"),
    ],
)
def test_lines(source: str, with_it: str, without: str) -> None:
    """Where the optional part is there, and where it is not."""
    assert rendered(source, a=True, b="b") == with_it
    assert rendered(source, a=False, b="b") == without


def test_a_loop_in_a_line() -> None:
    """The break behind it is one, not one for each turn."""
    assert rendered("{% for x in a %}{{ x }} {% endfor %}\nCome!", a=["1", "2"]) == "1 2 \nCome!"


def test_what_is_raw_stays_raw() -> None:
    """Nothing in it is a tag."""
    assert rendered("{% raw %}{% if %}x{% endif %}\n{% endraw %}Come!") == "{% if %}x{% endif %}\nCome!"


PIECES = [
    "{% if a %}",
    "{% endif %}",
    "{% else %}",
    "{% for x in b %}",
    "{% endfor %}",
    "{{ c }}",
    "{# d #}",
    "\n",
    "e",
    " ",
    "{%",
    "%}",
    "#}",
    "\r\n",
]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_only_line_breaks_move(source: str) -> None:
    """The number of lines stays, and so does all that is no break and no sign for one."""

    def bare(text: str) -> str:
        return text.replace("+%}", "%}").replace("+#}", "#}").replace("\r\n", "").replace("\n", "").replace("\r", "")

    mended = mend(source)
    assert bare(mended) == bare(source)
    assert len(mended.splitlines()) == len(source.splitlines())
