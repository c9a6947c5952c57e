"""Templates are strangers' text: they reach nothing, never loop for ever, never grow without bound."""

from __future__ import annotations

import pytest
from jinja2 import TemplateError
from jinja2.exceptions import SecurityError

from mwcampaign.core.sandbox import MAX_TURNS, EndlessTemplate, Sandbox, plain

VALUES = {"x": "hiho", "museum": {"name": "Louvre", "items": "three"}}
REACHING = [
    "{{ ''.__class__.__mro__ }}",
    "{{ x['__class__'] }}",
    "{{ museum.__class__ }}",
    "{{ '{0.__class__}'.format(x) }}",
    "{{ '{x.__class__}'.format_map({'x': 1}) }}",
    "{{ x|attr('__class__') }}",
    "{{ self.__init__.__globals__ }}",
    "{{ museum.pop('name') }}",
    "{{ museum.update({}) }}",
    "{{ cycler.__init__ }}",
    "{% import 'y' as y %}",
    "{{ lipsum.__globals__ }}",
]
ENDLESS = [
    "{% for i in range(99999999999) %}{% endfor %}",
    "{% for i in range(9000) %}{% for j in range(9000) %}{% endfor %}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 'a' * 999999999 }}",
    "{{ ('%' ~ 999999999 ~ 'd') % 1 }}",
    "{{ range(1000000000)|list }}",
    "{{ range(10000)|join('" + "x" * 100 + "') }}",
    "{% set a = x~x~x~x~x~x~x~x %}"
    + "".join(f"{{% set a{n} = a{n - 1 if n else ''}~a{n - 1 if n else ''}~a %}}" for n in range(20)),
    "{% set b = x|replace('h', '" + "y" * 9000 + "')|replace('y', '" + "z" * 9000 + "') %}{{ b }}",
    "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
    "{{ 999999999 * 999999999 * 999999999 * 999999999 }}",
]


@pytest.mark.parametrize("text", REACHING)
def test_a_template_reaches_nothing_of_the_program(text: str) -> None:
    """Every way out that is known for Jinja ends in a refusal."""
    with pytest.raises((SecurityError, TemplateError)):
        Sandbox({"y": ""}.get).from_string(text).render(plain(VALUES))


@pytest.mark.parametrize("text", ENDLESS, ids=range(len(ENDLESS)))
def test_a_template_ends(text: str) -> None:
    """Loops, powers, repetition and nesting are bounded, in time and in memory."""
    with pytest.raises((EndlessTemplate, TemplateError, RecursionError, OverflowError)):
        Sandbox({}.get).from_string(text).render(plain(VALUES))


def test_the_budget_is_for_one_rendering() -> None:
    """A loop that ends may run again and again."""
    template = Sandbox({}.get).from_string("{% for i in range(9000) %}{% endfor %}{{ x }}")
    assert [template.render(plain(VALUES)) for _ in range(3)] == ["hiho"] * 3
    assert MAX_TURNS < 9000 * 3


def test_includes_cannot_go_round_or_multiply() -> None:
    """A circle is named, and doubling includes do not reach their billionth."""
    circle = Sandbox({"a": "{% include 'b' %}", "b": "{% include 'a' %}"}.get)
    with pytest.raises(TemplateError, match="circle: a → b → a"):
        circle.get_template("a")
    doubling = {f"t{n}": f"{{% include 't{n + 1}' %}}" * 2 for n in range(30)} | {"t30": "x"}
    with pytest.raises(TemplateError, match="more than 50 includes"):
        Sandbox(doubling.get).get_template("t0")


def test_includes_lead_nowhere_else() -> None:
    """Only the campaign's templates can be included, by a name in quotes."""
    with pytest.raises(TemplateError):
        Sandbox({}.get).from_string("{% include '/etc/passwd' %}").render(plain(VALUES))
    with pytest.raises(TemplateError, match="name in quotes"):
        Sandbox({}.get).from_string("{% include x %}").render(plain(VALUES))


def test_a_column_named_items_is_a_column() -> None:
    """Whatever a museum calls its columns, a template can read them."""
    assert Sandbox({}.get).from_string("{{ museum.items }}").render(plain(VALUES)) == "three"


def test_ordinary_templates_work() -> None:
    """What authors need is there: conditions, loops, filters, joining, including."""
    sandbox = Sandbox({"sign": "— {{ museum.name }}"}.get)
    text = (
        "{% if x == 'hiho' %}{{ x|upper }} {{ 1 + 2 }} {{ x ~ '!' }}{% endif %} "
        "{% for i in [1, 2] %}{{ loop.index }}{% endfor %}{% include 'sign' %}"
    )
    assert sandbox.from_string(text).render(plain(VALUES)) == "HIHO 3 hiho! 12— Louvre"
