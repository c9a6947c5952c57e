"""Rules about hashtags in rendered texts, languages and how a text reads aloud. Data for core.rules."""

from __future__ import annotations

from mwcampaign.core.findings import Level
from mwcampaign.core.rules.rule import Rule

TAGS: tuple[Rule, ...] = (
    Rule(
        "MW330",
        Level.ERROR,
        "A hashtag that the post must have is missing",
        "Without it nobody who follows the week finds the post. It is asked for where the campaign says so, or where "
        "the template names {{ tags }}, {{ tag }} or {{ main_tag }}; a post may be without tags otherwise.",
        "text: Good morning! {{ main_tag }}     (and the day's tag is required)",
        "text: Good morning! {{ tags }}",
    ),
    Rule(
        "MW331",
        Level.WARNING,
        "A hashtag that is written but not live",
        "What stands directly before or behind a hashtag, or inside it, can make it plain words that lead nowhere, and "
        "each network has its own rule. White space before it, letters and digits in it, and white space or a full "
        "stop behind it are safe everywhere; Weibo wants a hash at both ends, and Threads takes the first tag only.",
        "text: Join us ({{ main_tag }}) today!",
        "text: Join us today! {{ main_tag }}",
    ),
    Rule(
        "MW332",
        Level.WARNING,
        "A hashtag that is nearly the right one",
        "It leads to other posts than the week's. One letter is wrong, an accent is there or is not, or a letter of "
        "another alphabet only looks like the right one. {{ tags }} writes the tags without mistakes.",
        'text: "Good morning! #MuseumWeek #FoodMV"',
        'text: "Good morning! #MuseumWeek #FoodMW"',
    ),
    Rule(
        "MW333",
        Level.WARNING,
        "The hashtag of another day, language or year",
        "Each day has its own tag, and each language its own set; last year's lead to last year's posts. If it is "
        "meant, leave it.",
        'text: "Good morning! #MuseumWeek #MusicMW"     (on the day of #FoodMW)',
        "text: Good morning! {{ tags }}",
    ),
    Rule(
        "MW334",
        Level.NOTE,
        "A hashtag that is easier to read with capitals",
        "Networks take small and capital letters for the same. With a capital at each word, screen readers say the "
        "words apart, and eyes find them sooner.",
        'text: "Good morning! #museumweek"',
        'text: "Good morning! #MuseumWeek"',
    ),
    Rule(
        "MW335",
        Level.WARNING,
        "A tag of the edition that is no hashtag",
        "A hyphen, a full stop, an apostrophe or an emoji ends a hashtag on most networks, and digits alone are none: "
        "every post would lead to another tag, or to none. It is said here once, and of no post.",
        'main_tag: "#Museum-Week"',
        'main_tag: "#MuseumWeek"',
    ),
    Rule(
        "MW340",
        Level.WARNING,
        "Emoji that are in the way of listeners",
        "A screen reader says each emoji by its name, wherever it stands. One to three at the end of a post read best, "
        "and none in the place of words.",
        'text: "We 🎨 love 🎨 paint 🎨 and 🎨 paper"',
        'text: "We love paint and paper 🎨"',
    ),
    Rule(
        "MW341",
        Level.WARNING,
        "Letters that are chosen for their looks",
        "Bold or curly letters made of mathematical and other symbols are spelt out one by one by screen readers, or "
        "left out; search does not find them, and no hashtag is made of them.",
        "text: 𝓜𝓾𝓼𝓮𝓾𝓶 night",
        "text: Museum night",
    ),
    Rule(
        "MW343",
        Level.WARNING,
        "An alt text that does not describe the picture",
        "People who cannot see the picture hear the alt text in its place. A file name tells them nothing, and the "
        "credit line or the post's own words they have heard already.",
        "alt: {en: IMG_2034.jpg}",
        "alt: {en: Boats at low tide in front of the old customs house}",
    ),
    Rule(
        "MW350",
        Level.WARNING,
        "The text is not in the script of its language",
        "Networks and screen readers are told the language: with a wrong one they read it wrongly and show it to the "
        "wrong people. Usually texts stand under the wrong language, or one was not translated yet.",
        "text: {en: Good morning, ru: Good morning from all of us}",
        "text: {en: Good morning, ru: Доброе утро от всех нас}",
    ),
    Rule(
        "MW351",
        Level.NOTE,
        "Left-to-right pieces inside right-to-left text",
        "A tag, name or link in Latin letters within a line of Arabic or Hebrew is shown with its # on the wrong side, "
        "and several change places. On a line of its own it stays in order. Invisible marks would keep the order too, "
        "but directly before # they make the tag dead.",
        "text: {ar: 'يوم المتحف {{ main_tag }} في كل مكان'}",
        'text: {ar: "يوم المتحف في كل مكان\\n{{ main_tag }}"}',
    ),
)
