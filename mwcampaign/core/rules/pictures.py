"""Rules about pictures: form, alt text, rights and care. Data for core.rules."""

from __future__ import annotations

from mwcampaign.core.findings import Level
from mwcampaign.core.rules.rule import Rule

RECORDS = (
    Rule(
        "MW220",
        Level.ERROR,
        "A picture without a licence",
        "No licence, no post: nobody could say later why the picture was allowed to be shown.",
        'licence: ""',
        "licence: CC0-1.0",
    ),
    Rule(
        "MW221",
        Level.WARNING,
        "A licence that is not known or not cleared",
        "Licences have ids (SPDX), rights statements have names (rightsstatements.org). Other words are a permission, "
        "and have an end.",
        "licence: CC BY",
        "licence: CC-BY-4.0",
    ),
    Rule(
        "MW222",
        Level.ERROR,
        "A changed copy that the licence does not allow",
        "ND means: no derivatives. A copy made smaller for a network would be a changed one, so the tool makes none.",
        "licence: CC-BY-ND-4.0\nfit: true",
        "licence: CC-BY-ND-4.0     (and a file that every network takes)",
    ),
    Rule(
        "MW223",
        Level.NOTE,
        "Only for uses that are not commercial",
        "A museum's post may count as commercial when it sells tickets or goods or names a sponsor. That is for a "
        "person to judge.",
        "licence: CC-BY-NC-4.0     (in a post that sells tickets)",
        "licence: CC-BY-4.0",
    ),
    Rule(
        "MW224",
        Level.ERROR,
        "In copyright, and no permission is recorded",
        "The owner's permission has an end, and whoever plans next year's week must be able to read it.",
        "licence: InC",
        "licence: InC\npermission_until: 2026-12-31",
    ),
    Rule(
        "MW225",
        Level.ERROR,
        "The permission ends before the post",
        "On that day the picture may no longer be posted. The permission's last day counts where the institution is.",
        "permission_until: 2026-05-31     (and a post on 2 June)",
        "permission_until: 2026-12-31",
    ),
    Rule(
        "MW226",
        Level.ERROR,
        "The post is before the embargo ends",
        "An embargo names the first day on which the picture may be shown, where the institution is.",
        "embargo_until: 2026-06-05     (and a post on 2 June)",
        "embargo_until: 2026-06-01",
    ),
    Rule(
        "MW227",
        Level.ERROR,
        "The consent ends before the post",
        "People in a picture agreed to a purpose and for a time. Afterwards they are asked again.",
        "consent: children of the workshop, for the week of 2025\nconsent_until: 2025-06-30",
        "consent: children of the workshop, for the weeks until 2027\nconsent_until: 2027-06-30",
    ),
    Rule(
        "MW228",
        Level.WARNING,
        "The credit line is empty or not the one in the file",
        "The owner's words are quoted exactly. Where file and record disagree, one of them is wrong.",
        "credit: ''\nlicence: CC-BY-4.0",
        "credit: Gift of the Friends of the Museum\nlicence: CC-BY-4.0",
    ),
    Rule(
        "MW229",
        Level.WARNING,
        "The file tells where it was taken",
        "Cameras write the place into the file. Some networks pass files on as they are, and a store, a dig or a home "
        "would be on the map.",
        "media/store.jpg, straight from the telephone",
        "media/store.jpg, saved without its location",
    ),
    Rule(
        "MW230",
        Level.ERROR,
        "The policy keeps this picture from the network",
        "The campaign decided that pictures with this tag are not posted there.",
        "sensitive: [human remains]     (with policies: {sensitive: {human remains: block}})",
        "media: [case.jpg]     (another picture)",
    ),
    Rule(
        "MW231",
        Level.ERROR,
        "A tag of care that nobody knows",
        "A misspelt tag would slip past every policy, so only known tags are taken: the tool's, and the policy's own.",
        "sensitive: [human remain]",
        "sensitive: [human remains]",
    ),
    Rule(
        "MW232",
        Level.WARNING,
        "A picture that needs care",
        "Somebody should decide on it knowingly: those whom it concerns may not agree, and some readers want to be "
        "warned first.",
        "sensitive: [sacred]",
        "sensitive: [sacred]     (with a policy: block, yes, or warn by network)",
    ),
    Rule(
        "MW233",
        Level.ERROR,
        "A second person's yes is missing",
        "The policy asks for two people. The yes names the first twelve or more signs of the picture's digest, so it "
        "is void when the picture changes; who made it with a machine cannot give it.",
        "sensitive: [nudity]",
        "sensitive: [nudity]\nsecond_yes: {the keeper of prints: 3fa91c20b7d4}",
    ),
    Rule(
        "MW234",
        Level.ERROR,
        "A machine's hand that the record does not own up to",
        "Whoever looks at a picture should be able to learn that a machine made or changed it, and who had it do so.",
        "provenance: {made_by: human, digital_source_type: trainedAlgorithmicMedia}",
        "provenance: {made_by: generated, maker: the web editor, digital_source_type: trainedAlgorithmicMedia}",
    ),
    Rule(
        "MW235",
        Level.ERROR,
        "IPTC has no such digital source type",
        "The vocabulary is shared by the press, picture agencies and networks; other words say nothing to them.",
        "provenance: {digital_source_type: aiGenerated}",
        "provenance: {digital_source_type: trainedAlgorithmicMedia}",
    ),
    Rule(
        "MW236",
        Level.NOTE,
        "The network gets a smaller copy",
        "The policy asks for copies where a network takes less. The copy is made with the plan, and what was reviewed "
        "is what is sent.",
        "media: [poster.png]     (with 20 MB, and policies: {pictures: fit})",
        "media: [poster.jpg]     (a file that every network takes)",
    ),
    Rule(
        "MW237",
        Level.NOTE,
        "A long alt text",
        "It is read aloud in one go. Guides advise about 125 characters; the rest belongs into the post or onto the "
        "object's page.",
        "alt: {en: (a description of a page)}",
        "alt: {en: Boats at low tide in front of the old customs house}",
    ),
    Rule(
        "MW238",
        Level.WARNING,
        "An alt text that says nothing",
        "Who hears it knows already that it is a picture, and a file's name describes nothing.",
        "alt: {en: Image of boats}",
        "alt: {en: Boats at low tide}",
    ),
    Rule(
        "MW239",
        Level.WARNING,
        "A picture under another kind's name",
        "What the file is counts, and it is posted as that; but other programs and people believe the name.",
        "media/vase.jpg     (which is a PNG)",
        "media/vase.png",
    ),
)
NETWORKS = (
    Rule(
        "MW319",
        Level.ERROR,
        "The network takes no post without a picture",
        "It would refuse the post. Add a picture, or leave the network out.",
        "text: Good morning\nnetworks: [pixelfed]",
        "text: Good morning\nmedia: [harbour.jpg]\nnetworks: [pixelfed]",
    ),
    Rule(
        "MW345",
        Level.ERROR,
        "The post does not say that a machine made its picture",
        "The campaign promises to say so, in words of its own choice, in the text or the alt text.",
        "text: A market in the year 1400",
        "text: A market in the year 1400. Made with AI.",
    ),
    Rule(
        "MW346",
        Level.ERROR,
        "The credit line is not shown",
        "The campaign promises to show each picture's credit line, in the text or the alt text.",
        "text: A vase",
        "text: A vase. Gift of the Friends of the Museum",
    ),
    Rule(
        "MW347",
        Level.WARNING,
        "The credit line is quoted, but not exactly",
        "The owner chose these words, capitals and stops; often a contract holds them.",
        "text: A vase. gift of the friends of the Museum",
        "text: A vase. Gift of the Friends of the Museum",
    ),
    Rule(
        "MW348",
        Level.WARNING,
        "A moving picture beside others",
        "Several networks take one moving picture alone, or make a film of it. Moving pictures also tire or harm some "
        "readers.",
        "media: [wheel.gif, mill.jpg]",
        "media: [mill.jpg]\nthread:\n  - text: And how it turns\n    media: [wheel.gif]",
    ),
    Rule(
        "MW349",
        Level.ERROR,
        "A picture too wide or too tall for the network",
        "It would be refused. A picture is never cut by the tool: what is left of a work is for a person to choose.",
        "media: [scroll.jpg]     (400 × 3,000 pixels)",
        "media: [scroll-detail.jpg]     (400 × 500 pixels)",
    ),
)
PICTURES: tuple[Rule, ...] = (*RECORDS, *NETWORKS)
