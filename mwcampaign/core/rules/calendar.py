"""Rules about a whole week: days, distance, quotas and sameness. Data for core.rules."""

from __future__ import annotations

from mwcampaign.core.findings import Level
from mwcampaign.core.rules.rule import Rule

CALENDAR: tuple[Rule, ...] = (
    Rule(
        "MW411",
        Level.NOTE,
        "The house is closed on that day",
        "A closed museum may join the week, but its post should not invite anybody to a locked door.",
        'closed: [monday]     (and a post on Monday: "See you today!")',
        'closed: [monday]     (and a post on Monday: "Our rooms are quiet today …")',
    ),
    Rule(
        "MW412",
        Level.WARNING,
        "Two posts of one account at nearly the same time",
        "The second hides the first. Followers see one, and some networks take a burst for spam.",
        '- id: quiz\n  day: monday\n  at: "10:00"\n- id: story\n  day: monday\n  at: "10:05"',
        '- id: quiz\n  day: monday\n  at: "10:00"\n- id: story\n  day: monday\n  at: "14:00"',
    ),
    Rule(
        "MW413",
        Level.WARNING,
        "The same text twice on one account",
        "Some networks refuse a text that an account has posted before, and readers pass over it.",
        '- id: morning\n  day: every\n  text: "Good morning! {{ main_tag }}"',
        '- id: morning\n  day: every\n  text: "Good morning! {{ tags }}"     (the day\'s tag differs every day)',
    ),
    Rule(
        "MW414",
        Level.WARNING,
        "More posts than the network takes",
        "What goes beyond a network's quota has to wait, and what waits too long is missed.",
        "(see the finding: how many posts within what time)",
        "(fewer posts, or spread over more hours)",
    ),
    Rule(
        "MW415",
        Level.WARNING,
        "The account's secrets end before its last post",
        "Tokens of some networks live for a fixed time. After that nobody can post until they are renewed.",
        "expires: 2021-06-08     (and posts until 13 June)",
        "expires: 2021-08-07",
    ),
    Rule(
        "MW416",
        Level.WARNING,
        "A question when nobody is there to answer",
        "Who asks the public should be there when it answers. `duty` says when somebody is, in the house's own time.",
        'duty: "09:00-17:00"     (and a quiz due at 20:00)',
        'duty: "09:00-17:00"     (and a quiz due at 11:00)',
    ),
    Rule(
        "MW417",
        Level.NOTE,
        "The same words for every institution",
        "Networks take the same words from many accounts for a machine, and X forbids it. A name, an object or a place "
        "makes each post the museum's own.",
        'text: "Today we open our archives. {{ tags }}"',
        'text: "Today {{ institution.name }} opens its archives. {{ tags }}"',
    ),
    Rule(
        "MW418",
        Level.WARNING,
        "More posts than one application may send",
        "Some networks count the posts of all accounts that one application posts for. What goes beyond waits, and "
        "what waits too long is missed.",
        "(see the finding: how many posts within what time)",
        "(applications of the institutions' own, fewer posts, or posts spread over more days)",
    ),
)
