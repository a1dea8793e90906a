"""The adapters of the platforms that are configured; the SDKs of the others are not imported."""

from collections.abc import Callable
from datetime import datetime

from pydantic import SecretStr

from adapters.intake import Notices
from bot.config import Settings
from commands.core.ports import Adapter
from commands.words.catalog import Languages


def platforms(settings: Settings, languages: Languages, *, clock: Callable[[], datetime]) -> list[Adapter]:
    """Make one adapter for each platform that has credentials."""
    makers = ((settings.slack, _slack), (settings.dingtalk, _dingtalk), (settings.feishu, _feishu))
    return [make(settings, languages, clock) for section, make in makers if section.is_configured]


def _slack(settings: Settings, languages: Languages, clock: Callable[[], datetime]) -> Adapter:
    from adapters.slack.adapter import Slack

    slack = settings.slack
    return Slack(
        bot_token=_shown(slack.bot_token) or "",
        app_token=_shown(slack.app_token),
        signing_secret=_shown(slack.signing_secret),
        api_url=slack.api_url,
        notices=_notices(languages),
        clock=clock,
    )


def _dingtalk(settings: Settings, languages: Languages, clock: Callable[[], datetime]) -> Adapter:
    from adapters.dingtalk.adapter import DingTalk
    from adapters.dingtalk.render import Template

    ding = settings.dingtalk
    template = None
    if ding.card_template_id is not None:
        template = Template(
            id=ding.card_template_id,
            title=ding.card_title,
            body=ding.card_body,
            colour=ding.card_colour,
            button=ding.card_button,
            carry=ding.card_carry,
            buttons=ding.card_buttons,
        )
    return DingTalk(
        client_id=ding.client_id or "",
        client_secret=_shown(ding.client_secret) or "",
        robot_code=ding.robot_code,
        api_url=ding.api_url,
        oapi_url=ding.oapi_url,
        template=template,
        posts_per_minute=ding.posts_per_minute,
        notices=_notices(languages),
        clock=clock,
    )


def _feishu(settings: Settings, languages: Languages, clock: Callable[[], datetime]) -> Adapter:
    from adapters.feishu.adapter import Feishu

    feishu = settings.feishu
    return Feishu(
        app_id=feishu.app_id or "",
        app_secret=_shown(feishu.app_secret) or "",
        encrypt_key=_shown(feishu.encrypt_key),
        verification_token=_shown(feishu.verification_token),
        domain=feishu.domain,
        notices=_notices(languages),
        clock=clock,
    )


def _notices(languages: Languages) -> Notices:
    """Give the words that adapters say by themselves, in every language."""
    spoken = languages.by_code.items()
    return Notices(
        not_saved={code: words.t("That was not saved just now. Please do it once more.") for code, words in spoken},
        taken={code: words.t("Got it. The answer follows.") for code, words in spoken},
    )


def _shown(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()
