"""Where a finding stands among keys and ids, read from its file's lines."""

from __future__ import annotations

import pytest

from tests.report.samples import finding, in_file

CAMPAIGN = """\
edition:
  days:
  - id: monday        # a list as deep as its key
    date: 2021-06-07
  - {id: tuesday, date: 2021-06-08}
accounts:
  - institution: louvre
    secrets:
      token: env:X
posts:
    - day: monday
      id: "story"
      text: |
        Note: this is text
          deeper: text

        and {{ nmae }}
      media:
        - a.jpg
        - b.jpg
    - id: quiz
      thread:
        - text: one
        - text: two
defaults: {at: "10:00"}
"""


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (1, "edition"), (4, "edition/days/monday/date"), (5, "edition/days/tuesday"), (7, "accounts/-/institution"),
        (9, "accounts/-/secrets/token"), (11, "posts/story/day"), (12, "posts/story"), (17, "posts/story/text"),
        (20, "posts/story/media"), (21, "posts/quiz"), (24, "posts/quiz/thread/-/text"), (25, "defaults"),
    ],
)  # fmt: skip
def test_a_place_is_a_path_of_keys_and_ids(line: int, path: str) -> None:
    """Lists in both styles, an id that is not the first key, text that looks like keys, comments."""
    assert in_file(CAMPAIGN, finding(line=line))[0].identity.at == path


def test_a_row_of_a_table_is_known_by_its_first_cell() -> None:
    """Rows move when institutions are added."""
    rows = 'id,name\n"louvre",Musée du Louvre\nprado,Museo del Prado\n'
    told = in_file(rows, *(finding(file="week/institutions.csv", line=line) for line in (2, 3)))
    assert [one.identity.at for one in told] == ["louvre", "prado"]


def test_a_text_file_has_no_paths() -> None:
    """A template is known by its name alone."""
    assert in_file("Hi {{ nmae }}\n", finding(file="templates/day.txt", line=1))[0].identity.at == ""


def test_one_finding_of_two_campaigns_is_told_once() -> None:
    """Two campaigns that extend a third both find what is wrong with it."""
    assert len(in_file(CAMPAIGN, finding(line=4), finding(line=4), finding(line=5))) == 2
