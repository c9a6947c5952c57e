"""From files to frozen records with every fault at its place: load a campaign here, resolve its secrets in secrets.

Command line and wire call this package; it knows core and errors only.
"""

from mwcampaign.load.campaign import Loaded, PictureFile, TemplateFile, load

__all__ = ["Loaded", "PictureFile", "TemplateFile", "load"]
