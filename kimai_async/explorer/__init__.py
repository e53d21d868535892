"""Kimai's API at one's fingertips: the command `kimai-api`, and the page that `kimai-api browse` serves."""
