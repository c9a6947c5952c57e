"""mwcampaign: run a museum's social media week from a folder of text files."""

__version__ = "0.1.0"
