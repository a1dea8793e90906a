"""What operators see: JSON log lines without secrets or texts, and Prometheus figures."""

import json
import logging
import sys
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

MOST_FRAMES: Final = 200
_PLAIN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName"}


def utc_now() -> datetime:
    """Read the real clock; everything else is given the time."""
    return datetime.now(UTC)


class JsonLines(logging.Formatter):
    """Write one JSON object a line: time, level, logger, event, and what `extra` adds.

    `secrets` are values that never appear, whatever carries them.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = sorted({each for each in secrets if len(each) >= 4}, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _PLAIN}
        if record.exc_info:
            line["traceback"] = _where(record.exc_info[1])
        text = json.dumps(line, ensure_ascii=False, default=str)
        for secret in self._secrets:
            text = text.replace(secret, "***").replace(json.dumps(secret, ensure_ascii=False)[1:-1], "***")
        return text


def _where(error: BaseException | None) -> list[str]:
    """Tell where an error and what caused it were raised; its message may quote what people wrote."""
    lines: list[str] = []
    while error is not None and len(lines) < MOST_FRAMES:
        frames = traceback.extract_tb(error.__traceback__)
        lines += [type(error).__name__, *(f"{each.filename}:{each.lineno} {each.name}" for each in frames)]
        error = error.__cause__ or error.__context__
    return lines


def log_to(stream: object = None, *, secrets: Iterable[str] = (), level: str = "INFO") -> None:
    """Send all logging of this process to a stream (standard error if none) as JSON lines."""
    handler = logging.StreamHandler(stream or sys.stderr)  # type: ignore[arg-type] # any writable stream
    handler.setFormatter(JsonLines(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("aiohttp.access").setLevel("WARNING")
    logging.getLogger("apscheduler").setLevel("WARNING")
    logging.getLogger("alembic").setLevel("WARNING")


class Meters:
    """Count what happens; one for each process, given to whoever counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._handled = Counter("drumbeat_events", "Events handled.", ["result"], registry=self.registry)
        self._seconds = Histogram(
            "drumbeat_handle_seconds",
            "From receipt to commit.",
            registry=self.registry,
            buckets=(0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1, 3),
        )
        self._broke = Counter("drumbeat_incidents", "Bugs met while handling a call.", registry=self.registry)
        self._sent = Counter("drumbeat_sends", "Attempts to send.", ["platform", "result"], registry=self.registry)
        self._waiting = Gauge("drumbeat_outbox_due", "Messages due and not sent.", registry=self.registry)
        self._oldest = Gauge("drumbeat_outbox_oldest_seconds", "Age of the oldest one.", registry=self.registry)

    def handled(self, result: str, *, seconds: float) -> None:
        """Note that an event was handled."""
        self._handled.labels(result).inc()
        self._seconds.observe(seconds)

    def broke(self) -> None:
        """Note a bug of ours."""
        self._broke.inc()

    def sent(self, platform: str, result: str) -> None:
        """Note an attempt to send: `sent`, `retry`, `gone`, `unsure` or `expired`."""
        self._sent.labels(platform, result).inc()

    def outbox(self, *, due: int, oldest_s: float) -> None:
        """Note what waits to be sent."""
        self._waiting.set(due)
        self._oldest.set(oldest_s)

    def page(self) -> bytes:
        """Write all figures in Prometheus' text form."""
        return generate_latest(self.registry)
