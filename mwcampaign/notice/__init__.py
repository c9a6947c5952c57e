"""Telling a person that something needs them: what counts as one incident, its words, and how they are sent."""
