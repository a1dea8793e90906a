"""The two APIs of the fake DingTalk: each call looked at as strictly as DingTalk looks, and its answer.

What the bot sends in a wrong shape is refused, and noted as a violation; that something is not there is no
violation.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.fakes.dingtalk.world import Message, World
from tests.fakes.record import Json

MSG_PARAM_BYTES: Final = 15_000
MEDIA_BYTES: Final = 20 << 20
MSG_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "sampleText": frozenset({"content"}),
    "sampleMarkdown": frozenset({"title", "text"}),
    "sampleImageMsg": frozenset({"photoURL"}),
}
_SPACE: Final = re.compile(r"dtv1\.card//(IM_GROUP|IM_ROBOT)\.(.+)")
_MEDIA: Final = re.compile(r"!\[[^\]]*\]\((@[\w-]+)\)")


class ApiError(Exception):
    """Refuse a call, with a status and a body."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


def refuse(code: str, message: str = "", *, status: int = 400, **more: object) -> ApiError:
    """Make an error of the new API."""
    return ApiError(status, {"code": code, "message": message or code, "requestid": secrets.token_hex(8), **more})


def refuse_old(errcode: int, errmsg: str, **more: object) -> ApiError:
    """Make an error of the old API, whose status is 200 all the same."""
    return ApiError(200, {"errcode": errcode, "errmsg": errmsg, **more})


class Api:
    """Answer calls."""

    def __init__(self, world: World, new_ticket: Callable[[], Json]) -> None:
        self.world = world
        self._new_ticket = new_ticket
        self.new: dict[tuple[str, str], tuple[Callable[[Json], Json], str]] = {
            ("POST", "/v1.0/robot/groupMessages/send"): (self._to_group, "qyapi_robot_sendmsg"),
            ("POST", "/v1.0/robot/oToMessages/batchSend"): (self._to_people, "qyapi_robot_sendmsg"),
            ("POST", "/v1.0/card/instances/createAndDeliver"): (self._create, "Card.Instance.Write"),
            ("PUT", "/v1.0/card/instances"): (self._change, "Card.Instance.Write"),
        }

    # The new API.

    def token(self, body: Json) -> Json:
        """Give an access token."""
        self._shape(body, "accessToken", appKey=str, appSecret=str)
        self._credentials(body["appKey"], body["appSecret"], status=400)
        token, life_s = secrets.token_hex(16), self.world.settings["token_life_s"]
        self.world.tokens[token] = time.monotonic() + life_s
        self.world.note("token")
        return {"accessToken": token, "expireIn": life_s}

    def gateway(self, body: Json) -> Json:
        """Give the address of a stream."""
        self._shape(body, "connections/open", clientId=str, clientSecret=str, subscriptions=list, ua=str, localIp=str)
        self._credentials(body["clientId"], body["clientSecret"], status=401)
        for each in body["subscriptions"]:
            if set(each) != {"type", "topic"} or each["type"] not in ("EVENT", "CALLBACK", "SYSTEM"):
                raise self._wrong("invalidParameter.subscriptions", "connections/open")
        return self._new_ticket()

    def call(self, method: str, path: str, token: str | None, body: Json) -> Json:
        """Answer a call that needs a token in its header."""
        known = self.new.get((method, path))
        if known is None:
            self.world.blame("unknown_call", method=method, path=path)
            raise refuse("InvalidAction.NotFound", status=404)
        if not self._is_good(token):
            raise refuse("InvalidAuthentication", "不合法的access_token", status=401)
        handler, permission = known
        if permission not in self.world.settings["permissions"]:
            code = "Forbidden.AccessDenied.AccessTokenPermissionDenied"
            raise refuse(code, status=403, accessdenieddetail={"requiredScopes": [permission]})
        return handler(body)

    def _to_group(self, body: Json) -> Json:
        self._shape(body, "groupMessages/send", robotCode=str, openConversationId=str, msgKey=str, msgParam=str)
        message = self._message(body)
        self._robot(body["robotCode"])
        group = self.world.groups.get(body["openConversationId"])
        if group is None or not group.has_bot:
            raise refuse("invalidParameter.openConversationId.notExist")
        return self._post(message, group.id)

    def _to_people(self, body: Json) -> Json:
        self._shape(body, "oToMessages/batchSend", robotCode=str, userIds=list, msgKey=str, msgParam=str)
        if not 1 <= len(body["userIds"]) <= 20:
            raise self._wrong("invalidParameter.userIds.size", "oToMessages/batchSend")
        message = self._message(body)
        self._robot(body["robotCode"])
        known = [each for each in body["userIds"] if each in self.world.people]
        answer: Json = {"processQueryKey": self.world.new_id("pqk")}
        for each in known:
            answer |= self._post(message, each)
        unknown = [each for each in body["userIds"] if each not in known]
        return {**answer, "invalidStaffIdList": unknown, "flowControlledStaffIdList": []}

    def _message(self, body: Json) -> Json:
        """Read `msgParam`, which is JSON inside JSON."""
        wanted = MSG_KEYS.get(body["msgKey"])
        if wanted is None:
            raise self._wrong("invalidParameter.msgKey.invalid", "msgKey")
        if len(body["msgParam"].encode()) > MSG_PARAM_BYTES:
            raise self._wrong("invalidParameter.msgParam.tooLong", "msgParam")
        try:
            param = json.loads(body["msgParam"])
        except ValueError:
            param = None
        if not isinstance(param, dict) or set(param) != wanted or not all(isinstance(v, str) for v in param.values()):
            raise self._wrong("invalidParameter.msgParam.invalid", "msgParam")
        if body["msgKey"] == "sampleMarkdown":
            self._markdown(param)
        elif not param.get("content", "x"):
            raise refuse("invalidParameter.msgParam.empty")  # the doctor's
        return param

    def _markdown(self, param: Json) -> None:
        if not param["title"].strip() or not param["text"].strip():
            raise self._wrong("invalidParameter.msgParam.empty", "markdown")
        for media in _MEDIA.findall(param["text"]):
            if media not in self.world.media:
                self.world.blame("unknown_media", media=media)

    def _post(self, param: Json, chat: str) -> Json:
        if not self.world.take_turn(chat):
            raise refuse("Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", status=403)
        key = self.world.new_id("pqk")
        text = param.get("text") or param.get("content", "")
        self.world.say(Message(key, chat, "robot", "bot", param.get("title", ""), text))
        return {"processQueryKey": key}

    def _create(self, body: Json) -> Json:
        call = "createAndDeliver"
        body = dict(body)
        models = {name: body.pop(name) for name in list(body) if name.startswith(("imGroup", "imRobot"))}
        self._shape(
            body, call, cardTemplateId=str, outTrackId=str, callbackType=str, cardData=dict, openSpaceId=str,
            userIdType=int,
        )  # fmt: skip
        if body["cardTemplateId"] != self.world.template or body["callbackType"] != "STREAM":
            raise self._wrong("param.templateError", call)
        if body["outTrackId"] in self.world.cards:
            raise refuse("param.outTrackIdDuplicated")
        variables = self._variables(body["cardData"], call)
        space = _SPACE.fullmatch(body["openSpaceId"])
        if space is None:
            raise self._wrong("param.openSpaceIdError", call)
        prefix = "imGroup" if space[1] == "IM_GROUP" else "imRobot"
        if set(models) != {f"{prefix}OpenSpaceModel", f"{prefix}OpenDeliverModel"}:
            raise self._wrong("param.spaceModelError", call, models=sorted(models))
        deliver = models[f"{prefix}OpenDeliverModel"]
        self._robot(deliver.get("robotCode"))
        at = deliver.get("atUserIds", {})
        if not isinstance(at, dict) or "@ALL" in at or any(each not in self.world.people for each in at):
            raise self._wrong("param.atUserIdsError", call)
        group = self.world.groups.get(space[2])
        is_there = group.has_bot if group is not None else prefix == "imRobot" and space[2] in self.world.people
        result = {"spaceId": space[2], "spaceType": space[1], "success": is_there}
        if not is_there:
            return self._delivered(body["outTrackId"], {**result, "errorMsg": "space not exist"})
        if not self.world.take_turn(space[2]):
            raise refuse("Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", status=403)
        message = Message(self.world.new_id("card"), space[2], "card", "bot", at=list(at), card=variables)
        message.track = body["outTrackId"]
        self.world.say(message)
        return self._delivered(message.track, {**result, "carrierId": message.id})

    def _delivered(self, track: str, result: Json) -> Json:
        return {"success": True, "result": {"outTrackId": track, "deliverResults": [result]}}

    def _change(self, body: Json) -> Json:
        body = dict(body)
        options = body.pop("cardUpdateOptions", {})
        self._shape(body, "card/instances", outTrackId=str, cardData=dict)
        variables = self._variables(body["cardData"], "card/instances")
        message = self.world.cards.get(body["outTrackId"])
        if message is None or message.card is None:
            raise refuse("param.cardNotExist", status=404)
        message.card = {**(message.card if options.get("updateCardDataByKey") else {}), **variables}
        message.edits += 1
        self.world.note("changed", track=message.track, card=message.card)
        return {"success": True, "result": True}

    def _variables(self, data: Json, call: str) -> dict[str, str]:
        variables = data.get("cardParamMap")
        if not isinstance(variables, dict) or not all(
            isinstance(name, str) and isinstance(value, str) for name, value in variables.items()
        ):
            raise self._wrong("param.cardParamMapError", call)
        return variables

    # The old API.

    def upload(self, token: str | None, kind: str | None, name: str, content: bytes) -> Json:
        """Keep a picture."""
        self._old(token, "qyapi_base")
        if kind != "image" or not name or len(content) > MEDIA_BYTES or not content.startswith(b"\x89PNG"):
            self.world.blame("bad_media", kind=kind, name=name, bytes=len(content))
            raise refuse_old(40004, "不合法的媒体文件类型")
        media = "@lAD" + secrets.token_urlsafe(24)
        self.world.media[media] = content
        self.world.note("upload", media=media, bytes=len(content))
        return {"errcode": 0, "errmsg": "ok", "type": "image", "media_id": media, "created_at": int(time.time())}

    def user(self, token: str | None, body: Json) -> Json:
        """Tell who somebody is."""
        self._old(token, "qyapi_get_member")
        self._shape(body, "user/get", userid=str, language=str)
        name = self.world.people.get(body["userid"])
        if name is None:
            raise refuse_old(60121, "找不到该用户")
        result = {"userid": body["userid"], "name": name, "unionid": "u" + body["userid"], "email": ""}
        return {"errcode": 0, "errmsg": "ok", "request_id": secrets.token_hex(6), "result": result}

    def webhook(self, session: str, body: Json) -> Json:
        """Answer in the conversation of an earlier message."""
        chat, ends = self.world.webhooks.get(session, ("", 0.0))
        if ends < time.time():
            raise refuse_old(300001, "session 不存在")
        self._shape(body, "session webhook", msgtype=str, markdown=dict, at=dict)
        if body["msgtype"] != "markdown" or set(body["markdown"]) != {"title", "text"}:
            raise self._wrong("400101", "session webhook")
        self._markdown(body["markdown"])
        at = body["at"].get("atUserIds", [])
        if body["at"].get("isAtAll") or any(each not in self.world.people for each in at):
            self.world.blame("calls_too_many", at=body["at"])
        if not self.world.take_turn(chat):
            raise refuse_old(130101, "send too fast, exceed 20 times per minute")
        said = body["markdown"]
        self.world.say(Message(self.world.new_id("sw"), chat, "webhook", "bot", said["title"], said["text"], list(at)))
        return {"errcode": 0, "errmsg": "ok"}

    # What all calls have in common.

    def _old(self, token: str | None, permission: str) -> None:
        if not self._is_good(token):
            raise refuse_old(40014, "不合法的access_token")
        if permission not in self.world.settings["permissions"]:
            raise refuse_old(88, "ding talk error", sub_code="60011", sub_msg=f"应用尚未开通所需的权限：[{permission}]")

    def _is_good(self, token: str | None) -> bool:
        return token is not None and self.world.tokens.get(token, 0.0) > time.monotonic()

    def _credentials(self, client_id: str, secret: str, *, status: int) -> None:
        if (client_id, secret) != (self.world.client_id, self.world.client_secret):
            raise refuse("invalidClientIdOrSecret", "无效的clientId或者clientSecret", status=status)

    def _robot(self, code: object) -> None:
        if code != self.world.client_id:
            raise self._wrong("robot.notExist", "robotCode")

    def _shape(self, body: Json, call: str, **wanted: type) -> None:
        """Refuse what lacks a field, has one too many, or has one of another type."""
        wrong = [name for name, kind in wanted.items() if not isinstance(body.get(name), kind)]
        wrong += [name for name in body if name not in wanted]
        if wrong:
            raise self._wrong("invalidParameter", call, fields=wrong)

    def _wrong(self, code: str, call: str, **more: Any) -> ApiError:
        self.world.blame("malformed", call=call, code=code, **more)
        return refuse(code)
