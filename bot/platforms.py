"""The adapters of the platforms that are configured; the SDKs of the others are not imported."""

from collections.abc import Callable
from datetime import datetime

from pydantic import SecretStr

from bot.config import Settings
from commands.core.ports import Adapter
from commands.words.catalog import Languages


def platforms(settings: Settings, languages: Languages, *, clock: Callable[[], datetime]) -> list[Adapter]:
    """Make one adapter for each platform that has credentials."""
    return [_slack(settings, languages, clock)] if settings.slack.is_configured else []


def _slack(settings: Settings, languages: Languages, clock: Callable[[], datetime]) -> Adapter:
    from adapters.intake import Notices
    from adapters.slack.adapter import Slack

    not_saved = {
        code: words.t("That was not saved just now. Please do it once more.")
        for code, words in languages.by_code.items()
    }
    slack = settings.slack
    return Slack(
        bot_token=_shown(slack.bot_token) or "",
        app_token=_shown(slack.app_token),
        signing_secret=_shown(slack.signing_secret),
        api_url=slack.api_url,
        notices=Notices(not_saved=not_saved),
        clock=clock,
    )


def _shown(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()
