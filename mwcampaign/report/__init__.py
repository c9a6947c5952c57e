"""What check found and what plan would do, written down: for people, for CI, for editors.

One module per form; each makes text from data and touches neither files nor streams. Only the command line calls them;
of ours they import core and errors alone.
"""
