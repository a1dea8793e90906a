"""Settings: environment over `drumbeat.toml` over defaults. A problem is told by name, never by value."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PREFIX: Final = "DRUMBEAT_"
OTHERS: Final = frozenset({"DRUMBEAT_CONFIG", "DRUMBEAT_FONT", "DRUMBEAT_CI", "DRUMBEAT_SEEDS"})
"""Variables with our prefix that are no settings."""
PLACEHOLDERS: Final = frozenset({"changeme", "change-me", "password", "secret", "xxx", "todo"})
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class ConfigError(Exception):
    """List every problem of the settings at once."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Web(BaseModel):
    """Where the web server listens."""

    model_config = ConfigDict(extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=8420, ge=0, le=65535)
    password: SecretStr | None = None
    """Needed off loopback."""
    names: Annotated[tuple[str, ...], NoDecode] = ()
    """Further host names under which it is reached; in the environment, parted by commas."""
    playground: bool | None = None
    """None: on, unless a platform is configured."""

    @field_validator("names", mode="before")
    @classmethod
    def _is_parted(cls, value: object) -> object:
        return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value

    @field_validator("password")
    @classmethod
    def _is_real(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and _is_placeholder(value.get_secret_value()):
            raise ValueError("is empty, a placeholder or shorter than 8 characters")
        return value


class Slack(BaseModel):
    """How to reach Slack: a bot token, with an app token (Socket Mode) or a signing secret."""

    model_config = ConfigDict(extra="forbid")

    bot_token: SecretStr | None = None
    """`xoxb-…`"""
    app_token: SecretStr | None = None
    """`xapp-…`"""
    signing_secret: SecretStr | None = None
    api_url: str = "https://slack.com/api/"

    @field_validator("bot_token", "app_token", "signing_secret")
    @classmethod
    def _is_real(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and (len(value.get_secret_value()) < 16 or _is_placeholder(value.get_secret_value())):
            raise ValueError("is empty, a placeholder or shorter than 16 characters")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.is_configured and self.app_token is None and self.signing_secret is None:
            raise ValueError("needs DRUMBEAT_SLACK__APP_TOKEN (Socket Mode) or DRUMBEAT_SLACK__SIGNING_SECRET (HTTP)")
        if not self.is_configured and (self.app_token is not None or self.signing_secret is not None):
            raise ValueError("needs DRUMBEAT_SLACK__BOT_TOKEN")
        return self

    @property
    def is_configured(self) -> bool:
        """True when the bot shall serve Slack."""
        return self.bot_token is not None


class DingTalk(BaseModel):
    """How to reach DingTalk: an app, by Stream mode, with a card template where there is one."""

    model_config = ConfigDict(extra="forbid")

    client_id: str | None = None
    """`ding…`, also called AppKey."""
    client_secret: SecretStr | None = None
    robot_code: str | None = None
    """None: the client id, as it is for apps of one's own."""
    api_url: str = "https://api.dingtalk.com"
    oapi_url: str = "https://oapi.dingtalk.com"
    card_template_id: str | None = None
    """`….schema`; None: nothing can be pressed or edited."""
    card_title: str = "title"
    """The variables of the template, as they are called in the console; the last two are followed by a number."""
    card_body: str = "body"
    card_colour: str = "colour"
    card_button: str = "button"
    card_carry: str = "carry"
    card_buttons: int = Field(default=6, ge=1, le=12)
    """How many buttons the template has."""
    posts_per_minute: int = Field(default=20, ge=4, le=600)
    """In one conversation."""

    @field_validator("client_id", "robot_code", "card_template_id")
    @classmethod
    def _is_named(cls, value: str | None) -> str | None:
        if value is not None and _is_placeholder(value):
            raise ValueError("is empty, a placeholder or shorter than 8 characters")
        return value

    @field_validator("client_secret")
    @classmethod
    def _is_real(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and (len(value.get_secret_value()) < 16 or _is_placeholder(value.get_secret_value())):
            raise ValueError("is empty, a placeholder or shorter than 16 characters")
        return value

    @field_validator("card_title", "card_body", "card_colour", "card_button", "card_carry")
    @classmethod
    def _is_variable(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,40}", value):
            raise ValueError("is no name of a variable; write it as button_label")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.client_id is None) != (self.client_secret is None):
            raise ValueError("needs both DRUMBEAT_DINGTALK__CLIENT_ID and DRUMBEAT_DINGTALK__CLIENT_SECRET")
        return self

    @property
    def is_configured(self) -> bool:
        """True when the bot shall serve DingTalk."""
        return self.client_id is not None


class Feishu(BaseModel):
    """How to reach Feishu or Lark: by long connection, or by HTTP with an encrypt key."""

    model_config = ConfigDict(extra="forbid")

    app_id: str | None = None
    """`cli_…`"""
    app_secret: SecretStr | None = None
    encrypt_key: SecretStr | None = None
    verification_token: SecretStr | None = None
    domain: str = "https://open.feishu.cn"
    """`https://open.larksuite.com` for Lark."""

    @field_validator("app_id")
    @classmethod
    def _is_id(cls, value: str | None) -> str | None:
        if value is not None and (len(value) < 16 or _is_placeholder(value)):
            raise ValueError("is empty, a placeholder or shorter than 16 characters")
        return value

    @field_validator("app_secret", "encrypt_key", "verification_token")
    @classmethod
    def _is_real(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and (len(value.get_secret_value()) < 16 or _is_placeholder(value.get_secret_value())):
            raise ValueError("is empty, a placeholder or shorter than 16 characters")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.app_id is None) != (self.app_secret is None):
            raise ValueError("needs both DRUMBEAT_FEISHU__APP_ID and DRUMBEAT_FEISHU__APP_SECRET")
        if (self.encrypt_key is None) != (self.verification_token is None):
            raise ValueError("HTTP needs both DRUMBEAT_FEISHU__ENCRYPT_KEY and DRUMBEAT_FEISHU__VERIFICATION_TOKEN")
        if self.app_id is None and self.encrypt_key is not None:
            raise ValueError("needs DRUMBEAT_FEISHU__APP_ID and DRUMBEAT_FEISHU__APP_SECRET")
        return self

    @property
    def is_configured(self) -> bool:
        """True when the bot shall serve Feishu."""
        return self.app_id is not None


SECTIONS: Final[Mapping[str, type[BaseModel]]] = {"web": Web, "slack": Slack, "dingtalk": DingTalk, "feishu": Feishu}
"""The settings that have settings of their own."""


class Settings(BaseSettings):
    """All settings of one process."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid")

    database_url: str = "sqlite:///drumbeat.db"
    timezone: str = "Asia/Shanghai"
    """IANA name; for people and chats that have none of their own."""
    language: Literal["zh", "en"] = "zh"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    templates: Path | None = None
    """A directory with templates of the operator's own, such as monthly.j2, in the place of ours."""
    audit_key: SecretStr | None = None
    """Seals the audit trail; on an embedded database a file beside it holds one unless this is set."""
    web: Web = Web()
    slack: Slack = Slack()
    dingtalk: DingTalk = DingTalk()
    feishu: Feishu = Feishu()

    @property
    def serves_playground(self) -> bool:
        """True unless a platform is configured, or it is said outright."""
        is_configured = any(each.is_configured for each in (self.slack, self.dingtalk, self.feishu))
        return self.web.playground if self.web.playground is not None else not is_configured

    @property
    def secrets(self) -> list[str]:
        """Every credential, for the logs to leave out."""
        held = (self.audit_key, *(value for name in SECTIONS for _, value in getattr(self, name)))
        return [each.get_secret_value() for each in held if isinstance(each, SecretStr)]

    @field_validator("audit_key")
    @classmethod
    def _is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("is shorter than 32 characters; make one with: openssl rand -hex 32")
        return value

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("is no time zone; write it as Asia/Shanghai") from error
        return value

    @field_validator("database_url")
    @classmethod
    def _is_served(cls, value: str) -> str:
        try:
            backend = make_url(value).get_backend_name()
        except ArgumentError as error:
            raise ValueError("is no database URL; write sqlite:///drumbeat.db or postgresql+psycopg://…") from error
        if backend not in ("sqlite", "postgresql"):
            raise ValueError("must be sqlite:///… or postgresql+psycopg://…")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over what the file gave."""
        return env_settings, init_settings


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of this process.

    Raises:
        ConfigError: with every problem, by name.
    """
    environ = os.environ if environ is None else environ
    file = _file(Path(environ.get("DRUMBEAT_CONFIG", "drumbeat.toml")), is_named="DRUMBEAT_CONFIG" in environ)
    problems = [f"{name}: there is no such setting" for name in _unknown(environ)]
    try:
        settings = Settings(**file)
    except ValidationError as error:
        problems += [_problem(each) for each in error.errors(include_input=False, include_url=False)]
        raise ConfigError(problems) from None
    except SettingsError:  # a whole section in one variable, which its message does not name
        sections = (f"{PREFIX}{name.upper()}" for name in SECTIONS)
        problems += [f"{name}: set {name}__… one by one" for name in sections if name in environ]
        raise ConfigError(problems) from None
    web = settings.web
    if web.host not in LOOPBACK and web.password is None:
        problems.append("DRUMBEAT_WEB__PASSWORD: needed when DRUMBEAT_WEB__HOST is not loopback")
    if problems:
        raise ConfigError(problems)
    return settings


def _file(path: Path, *, is_named: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if is_named:
            raise ConfigError([f"DRUMBEAT_CONFIG: there is no file {path}"]) from None
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read as TOML: {error}"]) from None


def _unknown(environ: Mapping[str, str]) -> list[str]:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for section, model in SECTIONS.items():
        known |= {f"{PREFIX}{section.upper()}__{name.upper()}" for name in model.model_fields}
    return sorted(name for name in environ if name.startswith(PREFIX) and name not in known | OTHERS)


def _problem(error: Any) -> str:
    name = PREFIX + "__".join(str(each) for each in error["loc"]).upper()
    if error["type"] == "extra_forbidden":
        return f"{name}: there is no such setting"
    return f"{name}: {error['msg'].removeprefix('Value error, ')}"


def _is_placeholder(secret: str) -> bool:
    folded = secret.strip().casefold()
    return len(folded) < 8 or folded in PLACEHOLDERS
