"""The whole bot, for tests of what runs it."""

from tests.support.house import bot, each_bot, each_house_url, house_template, house_url

__all__ = ["bot", "each_bot", "each_house_url", "house_template", "house_url"]
