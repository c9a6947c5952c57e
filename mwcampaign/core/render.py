"""Template and values become a Message: which values, which tags; strict about every name.

A Renderer belongs to one campaign and compiles each template once. It raises RenderFault, never a Jinja error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError, TemplateRuntimeError

from mwcampaign.core.campaign import Account, Institution, Theme, pick_language
from mwcampaign.core.message import Message, Picture
from mwcampaign.core.post import Campaign, Drop, Post
from mwcampaign.core.sandbox import MAX_TEMPLATE, ROOM, EndlessTemplate, NoText, Sandbox, plain
from mwcampaign.core.wording import Choice, choose, in_language

_HALF = re.compile("[\ud800-\udfff]")


class RenderFault(Exception):
    """A text that cannot be made: a code of core.rules, what is wrong, and where in the template.

    `template` names the file, "" for text given in place; `line` counts from 1, 0 is unknown; `needle` is the
    word to point at on that line, "" for none.
    """

    def __init__(self, code: str, what: str, *, template: str = "", line: int = 0, needle: str = "") -> None:
        super().__init__(what)
        self.code, self.what, self.template, self.line, self.needle = code, what, template, line, needle

    def __reduce__(self) -> tuple[object, ...]:
        """Let it pass to another process."""
        return partial(
            RenderFault, self.code, self.what, template=self.template, line=self.line, needle=self.needle
        ), ()


class UnknownTag(UndefinedError):
    """The day's hashtag is not known in this language."""


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What a picture's file says of itself; `digest` is the sha256 of its bytes."""

    digest: str
    mime: str
    size: int
    width: int
    height: int
    moves: bool = False
    """It has several frames."""


TROUBLE = (
    TypeError, ValueError, ArithmeticError, LookupError, AttributeError,
    # From Jinja's own filters, and from Python where it cannot compile what Jinja made of a template.
    TemplateRuntimeError, AssertionError, NameError, SyntaxError,
)  # fmt: skip
"""What filling in a template may end with besides what has a finding of its own."""
OF_ACCOUNTS = frozenset({"account", "network", "institution", "institution.handle", "*"})
"""With none of these names a wording reads the same on all accounts of an institution."""


class Renderer:
    """Renders one campaign's messages. `templates` are texts by name, `pictures` facts by file name."""

    def __init__(self, campaign: Campaign, templates: Mapping[str, str], pictures: Mapping[str, PictureFacts]) -> None:
        self._campaign = campaign
        self._templates = {**templates, **campaign.templates}
        self._pictures = pictures
        self._sandbox = Sandbox(self._templates.get)
        self._texts: dict[str, Template] = {}
        self._choices: dict[tuple[str, int, str, str, bool], Choice | None] = {}
        self._days: dict[tuple[str, str], dict[str, Any]] = {}
        self._places: dict[tuple[str, str], dict[str, Any]] = {}
        self._names: dict[tuple[str, bool], frozenset[str]] = {}
        self._made: tuple[str, dict[object, Message]] = ("", {})
        """The messages made last for one institution: its accounts come one after the other and mostly get the same."""

    @property
    def pictures(self) -> Mapping[str, PictureFacts]:
        """Return what the pictures' files say of themselves, by name."""
        return self._pictures

    def choice(self, post: Post, part: int, network: str, language: str, *, short: bool = False) -> Choice | None:
        """Return which wording is taken, or which short one."""
        key = (post.id, part, network, language, short)
        if key not in self._choices:
            self._choices[key] = choose(post.parts[part], network, language, short=short)
        return self._choices[key]

    def makers(self, choice: Choice) -> tuple[str, ...]:
        """Return who had a machine make the wording or a picture's part of it, in order of name."""
        if not choice.media and not choice.provenance.by_machine:
            return ()
        pictures = [self._campaign.media[name].provenance for name in choice.media if name in self._campaign.media]
        told = {each.maker.strip() for each in (choice.provenance, *pictures) if each.by_machine}
        return tuple(sorted(told - {""}))

    def message(
        self,
        post: Post,
        part: int,
        theme: Theme,
        institution: Institution,
        account: Account,
        language: str,
        *,
        short: bool = False,
        without: tuple[str, ...] = (),
    ) -> Message:
        """Render one part of one post for one account: its `short` variant, or `without` what may be left out of it.
        Raises RenderFault."""
        choice = self.choice(post, part, account.network, language, short=short)
        if choice is None:
            raise RenderFault("MW311", f"there is no text in {language}")
        if self._made[0] != institution.id:
            self._made = (institution.id, {})
        key = (choice.source, choice.is_template, choice.media, post.id, theme.id, language, without)
        made = self._made[1]
        if (message := made.get(key)) is None:
            values = self.values(post, theme, institution, account, language, without)
            message = Message(
                self._text(choice, institution, values),
                language,
                tuple(self._picture(name, language) for name in choice.media),
                in_language(post.warning, language) if post.warning else "",
                post.visibility or self._campaign.defaults.visibility,
            )
            if not OF_ACCOUNTS & self.names(choice, institution.id):
                made[key] = message
        return message

    def _text(self, choice: Choice, institution: Institution, values: dict[str, Any]) -> str:
        text = unicodedata.normalize("NFC", self._render(choice, institution.id, values).strip())
        if not text.isascii() and _HALF.search(text):
            name = self.template_of(choice, institution.id)
            raise RenderFault("MW306", "half a character (a surrogate) is in the text", template=name)
        return text

    def template_of(self, choice: Choice, institution: str) -> str:
        """Return the template's name, the institution's own where it has one; "" for a text given in place."""
        if not choice.is_template:
            return ""
        own = f"{institution}/{choice.source}"
        return own if own in self._templates else choice.source

    def source(self, name: str) -> str:
        """Return a template's text, "" where there is none of that name."""
        return self._templates.get(name, "")

    def names(self, choice: Choice, institution: str) -> frozenset[str]:
        """Return the names that a wording uses (core.sandbox); none where it cannot be understood."""
        name = self.template_of(choice, institution)
        key = (name or choice.source, choice.is_template)
        if key not in self._names:
            text = self.source(name) if name else choice.source
            try:
                self._names[key] = self._sandbox.names(text)
            except (TemplateSyntaxError, RecursionError):
                self._names[key] = frozenset()
        return self._names[key]

    def values(
        self,
        post: Post,
        theme: Theme,
        institution: Institution,
        account: Account,
        language: str,
        without: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        """Return the names a template may use."""
        place = self._places.get((institution.id, language))
        if place is None:
            if len(self._places) > 10_000:
                self._places.clear()
            place = self._places[institution.id, language] = _place(institution, language)
        return {
            **self._day(theme, language),
            "institution": {**place, "handle": account.handle or institution.handles.get(account.network, "")},
            "account": {"id": account.id, "handle": account.handle},
            "language": language,
            "network": account.network,
            "post": {"id": post.id},
            "room": {name: name not in without for name in post.fit.drop} if isinstance(post.fit, Drop) else ROOM,
        }

    def _day(self, theme: Theme, language: str) -> dict[str, Any]:
        if (theme.id, language) not in self._days:
            edition = self._campaign.edition
            key = pick_language(language, theme.tags)
            tag: Any = theme.tags[key] if key else None
            main_key = pick_language(language, edition.main_tags)
            main = edition.main_tags[main_key] if main_key else edition.main_tag
            about = pick_language(language, theme.about)
            missing = f"the hashtag of {theme.date} is not known in {language}"
            unknown = StrictUndefined(hint=missing, name="tag", exc=UnknownTag)
            told = f"the theme of {theme.date} has no words in {language}"
            self._days[theme.id, language] = {
                "theme": {
                    "id": theme.id,
                    "date": theme.date.isoformat(),
                    "about": theme.about[about] if about else StrictUndefined(hint=told, name="about"),
                    "tags": {name: value for name, value in theme.tags.items() if value},
                },
                "tag": tag or unknown,
                "main_tag": main,
                "tags": f"{main} {tag}" if tag else unknown,
                "edition": {"id": edition.id, "title": edition.title, "cause": edition.cause},
            }
        return self._days[theme.id, language]

    def _picture(self, name: str, language: str) -> Picture:
        facts, record = self._pictures.get(name), self._campaign.media.get(name)
        if facts is None or record is None:
            raise RenderFault("MW205", f"there is no picture {name!r} with a record beside it", needle=name)
        alt = in_language(record.alt, language)
        return Picture(facts.digest, name, facts.mime, facts.size, facts.width, facts.height, alt)

    def _render(self, choice: Choice, institution: str, values: dict[str, Any]) -> str:
        name = self.template_of(choice, institution)
        try:
            template = self._sandbox.get_template(name) if name else self._inline(choice.source)
            return template.render(plain(values))
        except TemplateSyntaxError as error:
            where = error.name if error.name in self._templates else name
            raise RenderFault(
                "MW301", error.message or "not a template", template=where or "", line=error.lineno
            ) from error
        except TemplateNotFound as error:
            what = f"there is no template {error.name!r}"
            inside = name if name in self._templates else ""
            raise RenderFault("MW204", what, template=inside, needle=str(error.name or "")) from error
        except UnknownTag as error:
            raise self._fault("MW305", str(error), error, name, "tag") from error
        except UndefinedError as error:
            missing = re.search(r"'([^']+)' is undefined|has no attribute '([^']+)'", str(error))
            needle = (missing[1] or missing[2]) if missing else ""
            raise self._fault("MW302", _plainly(str(error)), error, name, needle) from error
        except SecurityError as error:
            raise self._fault("MW303", str(error), error, name, "") from error
        except (EndlessTemplate, RecursionError, MemoryError, OverflowError) as error:
            raise self._fault("MW304", str(error) or "it never ends", error, name, "") from error
        except NoText as error:
            raise self._fault("MW306", str(error), error, name, "") from error
        except TROUBLE as error:
            raise self._fault("MW306", f"{type(error).__name__}: {error}", error, name, "") from error

    def _inline(self, text: str) -> Template:
        if text not in self._texts:
            if len(text) > MAX_TEMPLATE:
                raise TemplateSyntaxError(f"a text has at most {MAX_TEMPLATE:,} characters", 1)
            self._texts[text] = self._sandbox.from_string(text)
        return self._texts[text]

    def _fault(self, code: str, what: str, error: BaseException, name: str, needle: str) -> RenderFault:
        """Make a fault that points at the template line that failed; Jinja puts it into the traceback."""
        line, where, step = 0, name, error.__traceback__
        while step is not None:
            told = step.tb_frame.f_code.co_filename
            if told == "<template>" or told in self._templates:
                line, where = step.tb_lineno, told if told in self._templates else name
            step = step.tb_next
        return RenderFault(code, what, template=where, line=line, needle=needle)


def _place(institution: Institution, language: str) -> dict[str, Any]:
    key = pick_language(language, institution.names)
    return {
        **institution.extra,
        "id": institution.id,
        "name": institution.names[key] if key else institution.name,
        "city": institution.city,
        "country": institution.country,
        "timezone": institution.timezone,
        "website": institution.website,
    }


def _plainly(told: str) -> str:
    return told.replace("'dict object' has no attribute", "there is no")
