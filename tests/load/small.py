"""A small sound campaign as text, and a folder that tests write faults into."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from mwcampaign.core.findings import Finding, Position
from mwcampaign.load import Loaded, load

NETWORKS = {"mastodon": ("access_token",), "bluesky": ("password",), "kit": ()}

CAMPAIGN = """\
edition:
  id: museumweek-2021
  title: MuseumWeek 2021
  main_tag: "#MuseumWeek"
  days:
    - id: monday
      date: 2021-06-07
      about: {en: Once upon a time}
      tags: {en: "#OnceUponAtimeMW", fr: "#ilEtaitUneFoisMW"}
    - id: tuesday
      date: 2021-06-08
      tags: {en: "#BehindTheScenesMW", fr: "#CoulissesMW"}
defaults:
  at: 10:30
  language: en
"""
POSTS = """\
- id: welcome
  day: monday
  text:
    en: |
      Good morning from {{ institution.name }}
      {{ tags }}
    fr: Bonjour ! {{ tags }}
  media: [boats.jpg]
- id: quiz
  day: [monday, 2021-06-08]
  at: 12:00 Europe/Paris
  template: quiz.txt
  networks: [mastodon]
"""
INSTITUTIONS = """\
id,name,country,city,timezone,languages,name:fr,handle:mastodon,room
harbour,Harbour Museum,NO,Bergen,Europe/Oslo,en,Musée du port,@harbour,12
mill,"Mill, House and Garden",FR,Lyon,Europe/Paris,fr;en,,,
"""
ACCOUNTS = """\
- institution: "*"
  network: mastodon
  server: https://mastodon.example
  secrets: {access_token: "env:TOKEN_{institution}"}
- id: garden
  institution: mill
  network: kit
"""
RECORD = """\
alt: {en: Boats at low tide, fr: Des bateaux à marée basse}
credit: Harbour Museum
licence: CC0-1.0
"""


class Folder:
    """A campaign's folder that tests write faults into."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file, with the folders it needs."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def change(self, name: str, old: str, new: str) -> None:
        """Replace a text that is there exactly once."""
        text = (self.path / name).read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))

    def at(self, name: str, needle: str, nth: int = 1) -> Position:
        """Return where a text stands for the nth time, counted without our own code."""
        text = (self.path / name).read_text("utf-8")
        index = -1
        for _ in range(nth):
            index = text.index(needle, index + 1)
        start = text.rfind("\n", 0, index) + 1
        return Position(str(self.path / name), text.count("\n", 0, index) + 1, index - start + 1)

    def load(self) -> Loaded:
        """Load it."""
        return load(self.path, NETWORKS)


def only(loaded: Loaded) -> Finding:
    """Return the one finding, or fail with all of them."""
    assert len(loaded.findings) == 1, [f"{one.where} {one.code} {one.text}" for one in loaded.findings]
    return loaded.findings[0]


def picture() -> bytes:
    """Return a small JPEG."""
    from io import BytesIO

    told = BytesIO()
    Image.effect_noise((80, 60), 50).convert("RGB").save(told, "JPEG")
    return told.getvalue()


def fill(folder: Folder, jpeg: bytes) -> Folder:
    """Write the sound campaign into a folder."""
    folder.write("campaign.yaml", CAMPAIGN)
    folder.write("posts.yaml", POSTS)
    folder.write("institutions.csv", INSTITUTIONS)
    folder.write("accounts.yaml", ACCOUNTS)
    folder.write("templates/quiz.txt", "What is this? {{ tags }}\n")
    folder.write("media/boats.jpg", jpeg)
    folder.write("media/boats.jpg.yaml", RECORD)
    return folder
