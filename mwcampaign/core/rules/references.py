"""Rules about what the parts of a campaign say of each other. Data for core.rules."""

from __future__ import annotations

from mwcampaign.core.findings import Level
from mwcampaign.core.rules.rule import Rule

REFERENCES = (
    Rule(
        "MW201",
        Level.ERROR,
        "A day that the edition does not have",
        "A post goes out on the days of the edition, named by their id or date. A day that is not there has no date "
        "and no hashtag.",
        "- id: welcome\n  day: mondy",
        "- id: welcome\n  day: monday",
    ),
    Rule(
        "MW202",
        Level.ERROR,
        "An institution that is not known",
        "Posts and accounts name institutions by their id. An unknown one would be left out without anybody noticing.",
        "institutions: [city-musuem]",
        "institutions: [city-museum]",
    ),
    Rule(
        "MW203",
        Level.ERROR,
        "A network that is not known",
        "Only networks with an adapter can be posted to; their names are written in small letters.",
        "networks: [mastadon]",
        "networks: [mastodon]",
    ),
    Rule(
        "MW204",
        Level.ERROR,
        "A template that is not there",
        "The post's words would come from this file. Templates lie in the folder templates/, and are named by their "
        "path in it.",
        "template: welcom.txt",
        "template: welcome.txt",
    ),
    Rule(
        "MW205",
        Level.ERROR,
        "A picture that is not there",
        "A post must not go out without its picture. Pictures lie in the folder media/, and are named by their path "
        "in it, with the same capital letters.",
        "media: [Harbour.jpg]",
        "media: [harbour.jpg]",
    ),
    Rule(
        "MW206",
        Level.ERROR,
        "An account lacks secrets that its network needs",
        "Without them the network lets nobody in, and all posts of the account would fail on the day.",
        "- institution: city-museum\n  network: mastodon\n  server: https://mastodon.social",
        "- institution: city-museum\n  network: mastodon\n  server: https://mastodon.social\n"
        "  secrets: {access_token: env:CITY_MUSEUM_TOKEN}",
    ),
    Rule(
        "MW207",
        Level.ERROR,
        "A secret stands in the file itself",
        "Whoever sees the folder could post in the museum's name. Write where the secret is kept; and since this one "
        "was written down, have the network make a new one.",
        "secrets: {access_token: the token itself}",
        "secrets: {access_token: env:CITY_MUSEUM_TOKEN}     (or file:PATH, or keyring:SERVICE)",
    ),
    Rule(
        "MW208",
        Level.WARNING,
        "A network on which nobody has an account",
        "The post names it, but no account is there to post from.",
        "networks: [mastodon, bluesky]     (with a Mastodon account only)",
        "networks: [mastodon]",
    ),
    Rule(
        "MW209",
        Level.ERROR,
        "There is no such time zone",
        "The zone decides when a day begins. Zones have names such as Europe/Paris; short forms such as CEST do not "
        "say when clocks change.",
        "timezone: Europe/Pairs",
        "timezone: Europe/Paris",
    ),
    Rule(
        "MW210",
        Level.WARNING,
        "A post that goes to nobody",
        "No account belongs to the institutions, countries and networks that the post names, so it is never sent.",
        "- id: welcome\n  countries: [FR]\n  networks: [bluesky]     (no French institution is on Bluesky)",
        "- id: welcome\n  countries: [FR]\n  networks: [mastodon]",
    ),
    Rule(
        "MW211",
        Level.ERROR,
        "A picture without a record",
        "Who made it, under which licence, and what it shows for those who cannot see it must be written down before "
        "it is posted: in a file beside the picture, with .yaml added to its name.",
        "media/harbour.jpg",
        "media/harbour.jpg\nmedia/harbour.jpg.yaml:\n  alt: {en: Boats at low tide}\n  credit: City Museum\n"
        "  licence: CC0-1.0",
    ),
    Rule(
        "MW212",
        Level.ERROR,
        "A file that is no picture",
        "The network would refuse it, on the day and in front of everybody. It may be cut off, of another kind than "
        "its name says, or have so many pixels that it is taken for an attack.",
        "media/harbour.jpg, of which half was copied",
        "media/harbour.jpg, copied again",
    ),
    Rule(
        "MW213",
        Level.ERROR,
        "A picture without alt text in a language of the post",
        "People who cannot see the picture read the alt text instead, in the language of the post around it.",
        "alt: {fr: Des bateaux à marée basse}     (the post is in French and English)",
        "alt: {fr: Des bateaux à marée basse, en: Boats at low tide}",
    ),
    Rule(
        "MW214",
        Level.ERROR,
        "An option that the network does not have",
        "Each network asks for options of its own, such as a page's id. A misspelt one would be left out in silence.",
        "- institution: city-museum\n  network: telegram\n  options: {chanel: '@city_museum'}",
        "- institution: city-museum\n  network: telegram\n  options: {chat: '@city_museum'}",
    ),
    Rule(
        "MW215",
        Level.ERROR,
        "An account without its server",
        "Mastodon and Pixelfed live on many servers, so an account there says which one is its own. Without "
        "it all its posts would fail on the day.",
        "- institution: city-museum\n  network: mastodon\n  secrets: {access_token: env:CITY_MUSEUM_TOKEN}",
        "- institution: city-museum\n  network: mastodon\n  server: https://mastodon.social\n"
        "  secrets: {access_token: env:CITY_MUSEUM_TOKEN}",
    ),
    Rule(
        "MW216",
        Level.WARNING,
        "A day whose date does not fit those of the others",
        "A date is easily copied and forgotten, or written with last year's number: far from the other days, the same "
        "as another's, or out of order. Its posts would go out on the wrong day, or never.",
        "days:\n  - {id: monday, date: 2021-06-07}\n  - {id: tuesday, date: 2021-06-07}",
        "days:\n  - {id: monday, date: 2021-06-07}\n  - {id: tuesday, date: 2021-06-08}",
    ),
    Rule(
        "MW217",
        Level.WARNING,
        "A country that there is not",
        "Countries are two capital letters, as ISO 3166-1 has them, and XK for Kosovo. Under another code a post for a "
        "country misses the institution, and so does a halt of that country.",
        "country: UK",
        "country: GB",
    ),
    Rule(
        "MW218",
        Level.WARNING,
        "A language that there is not",
        "Languages are tags such as en, fr or pt-BR: two letters of ISO 639-1, and perhaps a country of ISO 3166-1. "
        "Under another name the institution's texts and hashtags are not found, it gets another language, and screen "
        "readers read it wrongly.",
        "languages: [jp, en-UK]",
        "languages: [ja, en-GB]",
    ),
)
