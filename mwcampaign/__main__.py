"""Lets `python -m mwcampaign` stand for the installed command."""

from mwcampaign.cli import main

main()
