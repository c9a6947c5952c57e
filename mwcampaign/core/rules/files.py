"""Rules about the files themselves: can they be read, and do they say what a campaign says? Data for core.rules."""

from __future__ import annotations

from mwcampaign.core.findings import Level
from mwcampaign.core.rules.rule import Rule

FILES = (
    Rule(
        "MW101",
        Level.ERROR,
        "There is no campaign here",
        "A campaign is a folder with a file campaign.yaml in it, or that one file.",
        "mwcampaign check Documents/",
        "mwcampaign check Documents/museumweek/     (which holds campaign.yaml)",
    ),
    Rule(
        "MW102",
        Level.ERROR,
        "A file cannot be read",
        "What cannot be read cannot be judged, so nothing is planned from it. Often the file belongs to another user, "
        "or it is a folder, a broken link or a device.",
        "posts.yaml, which only another user may read",
        "posts.yaml, readable by you:  chmod u+r posts.yaml",
    ),
    Rule(
        "MW103",
        Level.ERROR,
        "A file is not UTF-8 text",
        "Names and posts in every script need one encoding. Spreadsheets on Windows often save Latin-1 or UTF-16 "
        "instead, and letters with accents would come out wrong in public.",
        "institutions.csv, saved as CSV by a spreadsheet that chose Windows-1252",
        "institutions.csv, saved as CSV UTF-8",
    ),
    Rule(
        "MW104",
        Level.ERROR,
        "The YAML cannot be understood",
        "YAML tells parts from each other by indentation and by signs such as : and -. After a mistake in them the "
        "rest of the file could mean anything, so it is not read at all. Text from a word processor may bring signs "
        "that only look like them: a no-break space, a long dash, curved quotes.",
        "title: Monday: the week begins",
        'title: "Monday: the week begins"',
    ),
    Rule(
        "MW105",
        Level.ERROR,
        "A key is there twice",
        "Only one of the two could count, and nobody would see which.",
        "- id: welcome\n  day: monday\n  day: tuesday",
        "- id: welcome\n  day: [monday, tuesday]",
    ),
    Rule(
        "MW106",
        Level.ERROR,
        "A file or a folder is too large, too deep, or repeats itself without end",
        "What makes the program slow or run out of memory is refused, whether by mistake or on purpose. Large lists of "
        "institutions belong in institutions.csv; a folder named with `shared` holds templates and nothing else.",
        "institutions.yaml with 60,000 institutions",
        "institutions.csv with 60,000 lines",
    ),
    Rule(
        "MW107",
        Level.ERROR,
        "A key that is not known",
        "A misspelt key would be ignored in silence, and with it what you wanted.",
        "- id: welcome\n  dya: monday",
        "- id: welcome\n  day: monday",
    ),
    Rule(
        "MW108",
        Level.ERROR,
        "A value of the wrong kind",
        "Each key takes one kind of value: text, a list, a date. Text that looks like a number needs quotes.",
        "- id: 2021\n  networks: mastodon",
        '- id: "2021"\n  networks: [mastodon]',
    ),
    Rule(
        "MW109",
        Level.ERROR,
        "Something required is missing",
        "Without it the record says too little to act on: an institution without a time zone has no local date, a "
        "picture without a licence must not be posted.",
        "- id: welcome\n  day: monday",
        "- id: welcome\n  day: monday\n  text: Good morning! {{ tags }}",
    ),
    Rule(
        "MW110",
        Level.ERROR,
        "A broken line in a table",
        "When a line has more or fewer cells than the heading, values stand under the wrong names. Usually a comma "
        "inside a cell has no quotes around it, or a quote is not closed.",
        "id,name,city,timezone\nmuseum,Museum, Library and Archive,Lyon,Europe/Paris",
        'id,name,city,timezone\nmuseum,"Museum, Library and Archive",Lyon,Europe/Paris',
    ),
    Rule(
        "MW111",
        Level.ERROR,
        "An id is used twice",
        "The id is the name by which a post is remembered as sent. Two posts with one id would be taken for one.",
        "- id: welcome\n  day: monday\n- id: welcome\n  day: tuesday",
        "- id: welcome\n  day: monday\n- id: second-day\n  day: tuesday",
    ),
    Rule(
        "MW112",
        Level.ERROR,
        "The campaign it builds on is not there",
        "`extends` names the folder of another campaign, `shared` a folder of templates, both seen from the file that "
        "names them. Two campaigns cannot each build on the other.",
        "extends: ../museumweek-2012",
        "extends: ../museumweek-2021",
    ),
    Rule(
        "MW113",
        Level.ERROR,
        "A name that leads out of the campaign's folder",
        "Templates and pictures are taken from the campaign's own folder only, so that what was reviewed is all there "
        "is, and the folder means the same on every machine. Only `extends` and `shared` may lead elsewhere.",
        "media: [../../private/portrait.jpg]",
        "media: [portrait.jpg]     (which lies in media/)",
    ),
    Rule(
        "MW114",
        Level.ERROR,
        "A cell that a spreadsheet would run as a formula",
        "Tables are opened in spreadsheets, which run what begins with =, or with +, - or @ if a call, another sheet "
        "or a program follows: it can send other cells away. No museum's name reads so. +49 30 1234, -12.5 and @museum "
        "are cells like others.",
        'id,name,city,timezone\nmuseum,"=HYPERLINK(""https://example.org"",""City Museum"")",Lyon,Europe/Paris',
        "id,name,city,timezone\nmuseum,City Museum,Lyon,Europe/Paris",
    ),
    Rule(
        "MW115",
        Level.ERROR,
        "A text that is cut off at a hashtag",
        "Without quotes YAML takes a # behind a space for a comment, and everything from there on would be missing in "
        "public. A comment proper has a space behind its hash, too: # like this.",
        "text: We open {{ tags }} and show #Vermeer tonight at 8",
        'text: "We open {{ tags }} and show #Vermeer tonight at 8"',
    ),
    Rule(
        "MW116",
        Level.WARNING,
        "Typographic quotes around a value",
        "Word processors turn straight quotes into curved ones. For YAML those are letters like others: they become "
        "part of the value and are published with it. Where they are meant, put straight quotes around them: '“Hope”'.",
        "text: “Good morning! {{ tags }}”",
        'text: "Good morning! {{ tags }}"',
    ),
)
