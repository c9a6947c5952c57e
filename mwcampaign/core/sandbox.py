"""Where templates run: strangers' text, so it may reach nothing, never loop for ever, and never grow without bound.

Jinja's immutable sandbox keeps templates away from Python; the rest is here: only these kinds of node, only these
filters, a budget of loop turns per rendering, and a length that no value passes. Used by core.render only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jinja2 import (
    BaseLoader,
    Environment,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
    nodes,
    pass_context,
)
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mwcampaign.core.spelling import listed
from mwcampaign.core.template_lines import mend

MAX_TEMPLATE = 64_000
"""Characters in one template."""
MAX_VALUE = 20_000
"""Characters in any value a template builds; the longest text a network takes is far below."""
MAX_TURNS = 10_000
"""Loop turns in one rendering, all loops together."""
MAX_INCLUDES = 50
BUDGET = "_turns"
ROOM = object()
"""Has everything one asks for: true."""

FILTERS = (
    "abs", "capitalize", "count", "default", "d", "e", "first", "float", "int", "join", "last", "length", "list",
    "lower", "max", "min", "reject", "rejectattr", "replace", "reverse", "round", "select", "selectattr", "sort",
    "string", "sum", "title", "trim", "truncate", "unique", "upper", "wordcount", "map",
)  # fmt: skip
REFUSED: dict[type[nodes.Node], str] = {
    nodes.Macro: "macros can call themselves for ever",
    nodes.CallBlock: "call blocks need macros",
    nodes.Import: "import brings macros",
    nodes.FromImport: "import brings macros",
    nodes.Extends: "extends is not offered; use include",
    nodes.Pow: "powers grow beyond any bound",
    nodes.AssignBlock: "set with a block is not offered; use set name = value",
    nodes.NSRef: "namespaces are not offered",
}


class EndlessTemplate(Exception):
    """A template that loops too long or grows too large."""


class NoText(Exception):
    """What {{ }} would write is nothing that people read."""


class Budget:
    """Loop turns left in one rendering."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_TURNS


@pass_context
def _bounded(context: Context, values: Iterable[Any]) -> Iterator[Any]:
    budget: Budget = context[BUDGET]
    for value in values:
        budget.left -= 1
        if budget.left < 0:
            raise EndlessTemplate(f"loops take more than {MAX_TURNS:,} turns")
        yield value


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_VALUE:
        raise EndlessTemplate(f"a value grows beyond {MAX_VALUE:,} characters")
    return value


def _limited(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a filter so that what it returns stays short; keeps Jinja's marks for context and environment."""

    def limited(*args: Any, **kwargs: Any) -> Any:
        return _short(function(*args, **kwargs))

    if (mark := getattr(function, "jinja_pass_arg", None)) is not None:
        limited.jinja_pass_arg = mark  # type: ignore[attr-defined]
    return limited


def _readable(value: Any) -> Any:
    """Let words and numbers through, and what is undefined to its own error."""
    if isinstance(value, (str, int, float, Undefined)) and not isinstance(value, bool):
        return value
    if isinstance(value, bool):
        raise NoText("true and false are no text: ask with {% if … %}")
    if isinstance(value, dict):
        raise NoText(f"this is no text, but has parts: write one of them, {listed(map(str, value))}")
    raise NoText("this is no text: a list is joined or taken one by one, and what is nothing is not written")


def _concat(*values: Any) -> str:
    return str(_short("".join(str(_readable(value)) for value in values)))


def _range(*args: int) -> range:
    numbers = range(*args)
    if len(numbers) > MAX_TURNS:
        raise EndlessTemplate(f"a range of more than {MAX_TURNS:,} numbers")
    return numbers


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja for strangers. Dicts give their keys and nothing else; undefined names are errors."""

    intercepted_binops = frozenset(["+", "*", "%"])

    def __init__(self, source: Callable[[str], str | None]) -> None:
        super().__init__(
            loader=_Loader(source), undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False,
            trim_blocks=True, lstrip_blocks=True, cache_size=4096, auto_reload=False, finalize=_readable,
        )  # fmt: skip
        own = self.filters
        self.filters = {name: _limited(own[name]) for name in FILTERS} | {"_bounded": _bounded}
        self.filters["join"] = _limited(_join)
        self.globals = {"range": _range, "_concat": _concat}
        self.tests = {name: test for name, test in self.tests.items() if name not in {"filter", "test"}}

    def names(self, source: str) -> frozenset[str]:
        """Return the names that a template uses, of institution's parts as institution.PART, and `institution` itself
        where it is used whole; `*` stands for those of templates that it includes. Raises TemplateSyntaxError."""
        tree = self.parse(source)
        names = [name.name for name in tree.find_all(nodes.Name)]
        parts = [each.attr for each in tree.find_all(nodes.Getattr)
                 if isinstance(each.node, nodes.Name) and each.node.name == "institution"]  # fmt: skip
        found = {*names, *(f"institution.{part}" for part in parts)}
        if names.count("institution") == len(parts):
            found.discard("institution")
        if any(tree.find_all((nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport))):
            found.add("*")
        return frozenset(found)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Give dicts' keys only, so that a column named `items` is a column."""
        if attribute.startswith("_"):
            raise SecurityError(f"{attribute} is nothing of the campaign's")
        if obj is ROOM:
            return True
        if type(obj) is dict:
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Give no attribute of text but harmless methods: str.format and its kin reach into objects."""
        if isinstance(obj, str):
            return attr in {"lower", "upper", "title", "strip", "startswith", "endswith", "capitalize"}
        return super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Let + join short text and calculate; * and % calculate only."""
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        if not numbers and (operator != "+" or not (isinstance(left, str) and isinstance(right, str))):
            raise SecurityError(f"{operator} works on numbers here; join text with ~")
        if numbers and operator == "*" and max(abs(left), abs(right)) > 10**9:
            raise EndlessTemplate("numbers beyond a thousand million")
        return _short(super().call_binop(context, operator, left, right))

    def preprocess(self, source: str, name: str | None = None, filename: str | None = None) -> str:
        """Keep the line breaks that an author means."""
        return mend(super().preprocess(source, name, filename))

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all(tuple(REFUSED)):
            raise TemplateSyntaxError(REFUSED[type(node)], node.lineno, name, filename)
        _bound(tree)
        return tree


def _bound(tree: nodes.Template) -> None:
    """Rewrite loops and joins so that they are counted; refuse includes that are not a plain name."""
    for loop in tree.find_all(nodes.For):
        if loop.recursive:
            raise TemplateSyntaxError("recursive loops are not offered", loop.lineno)
        loop.iter = nodes.Filter(loop.iter, "_bounded", [], [], None, None, lineno=loop.lineno)
    for include in tree.find_all(nodes.Include):
        if not isinstance(include.template, nodes.Const):
            raise TemplateSyntaxError("include takes a name in quotes", include.lineno)
    for concat in list(tree.find_all(nodes.Concat)):
        call = nodes.Call(nodes.Name("_concat", "load"), concat.nodes, [], None, None, lineno=concat.lineno)
        _replace(tree, concat, call)
    tree.set_environment(tree.environment)  # type: ignore[arg-type]


def _replace(tree: nodes.Node, old: nodes.Node, new: nodes.Node) -> None:
    for parent in [tree, *tree.find_all(nodes.Node)]:
        for field, value in parent.iter_fields():
            if value is old:
                setattr(parent, field, new)
            elif isinstance(value, list):
                value[:] = [new if item is old else item for item in value]


def _join(values: Iterable[Any], sep: str = "") -> str:
    total, told = 0, []
    for value in values:
        told.append(str(value))
        total += len(told[-1]) + len(sep)
        if total > MAX_VALUE:
            raise EndlessTemplate(f"a value grows beyond {MAX_VALUE:,} characters")
    return sep.join(told)


class _Loader(BaseLoader):
    """Templates by name from memory; a circle of includes, or too many of them, is refused when first used."""

    def __init__(self, source: Callable[[str], str | None]) -> None:
        self._source = source
        self._counts: dict[str, int] = {}

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Return a template's text, or refuse."""
        text = self._source(template)
        if text is None:
            raise TemplateNotFound(template)
        if len(text) > MAX_TEMPLATE:
            raise TemplateSyntaxError(f"a template has at most {MAX_TEMPLATE:,} characters", 1, template)
        if self._count(environment, template, ()) > MAX_INCLUDES:
            raise TemplateSyntaxError(f"more than {MAX_INCLUDES} includes", 1, template)
        return text, template, None

    def _count(self, environment: Environment, name: str, above: tuple[str, ...]) -> int:
        if name in above:
            circle = " → ".join((*above[above.index(name) :], name))
            raise TemplateSyntaxError(f"templates include each other in a circle: {circle}", 1, above[0])
        if name not in self._counts:
            text = self._source(name)
            inner = environment.parse(text, name).find_all(nodes.Include) if text is not None else ()
            names = [str(node.template.value) for node in inner if isinstance(node.template, nodes.Const)]
            self._counts[name] = sum(1 + self._count(environment, told, (*above, name)) for told in names)
        return self._counts[name]


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values for one rendering, with its budget."""
    return {**values, BUDGET: Budget()}
