"""Pages for people who use no terminal. They hold no script and load nothing from elsewhere."""
