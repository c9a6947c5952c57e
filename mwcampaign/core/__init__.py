"""The pure heart: no clock, no randomness, no files, no environment, no network."""
