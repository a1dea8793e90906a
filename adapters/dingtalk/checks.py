"""What the doctor tries: every capability once, on nothing that exists, so that nobody sees anything of it.

DingTalk looks at an app's permissions before it looks at what is asked for. So a call about a chat, a card
or a person who cannot be there tells whether the permission is.
"""

from collections.abc import Awaitable
from typing import Final

from adapters.dingtalk.client import BadCredentials, Client, Refused
from adapters.dingtalk.sending import TO_GROUP, UPDATE
from commands.core.ports import Finding, Gone, SendError

NOBODY: Final = "drumbeat-doctor"
WHERE: Final = "open-dev.dingtalk.com, your app, Credentials: the client id and the client secret of one app"
FORBIDDEN: Final = ("AccessTokenPermissionDenied", "AccessDenied", "60011", "60020")
"""What the code for a missing permission has in it."""
PIXEL: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf50000003"
    "8101806c6fa2b50000000049454e44ae426082"
)


async def check_all(client: Client, *, robot: str, has_template: bool) -> list[Finding]:
    """Try the credentials, and then every capability."""
    try:
        await client.token()
    except BadCredentials as error:
        return [Finding("dingtalk credentials", is_fine=False, detail=f"paused, refused: {error.code}", remedy=WHERE)]
    except SendError as error:
        detail, remedy = str(error), "see whether this machine reaches DingTalk"
        return [Finding("dingtalk credentials", is_fine=False, detail=detail, remedy=remedy)]
    found = [Finding("dingtalk credentials", is_fine=True, detail="accepted")]
    found.append(await _stream(client))
    to_nobody = {"msgKey": "sampleText", "msgParam": '{"content":""}'}
    probes = {
        "dingtalk messages": (
            client.call("POST", TO_GROUP, {"robotCode": robot, "openConversationId": NOBODY, **to_nobody}),
            "qyapi_robot_sendmsg",
        ),
        "dingtalk pictures": (client.upload(PIXEL), "qyapi_base"),
        "dingtalk names": (
            client.call_old("/topapi/v2/user/get", {"userid": NOBODY, "language": "zh_CN"}),
            "qyapi_get_member",
        ),
    }
    if has_template:
        card = {"outTrackId": NOBODY, "cardData": {"cardParamMap": {}}}
        probes["dingtalk cards"] = (client.call("PUT", UPDATE, card), "Card.Instance.Write")
    found += [await _probe(subject, asked, permission) for subject, (asked, permission) in probes.items()]
    return [*found, _template(has_template=has_template)]


async def _stream(client: Client) -> Finding:
    """Try whether a stream opens; its ticket is not used."""
    asked = {"subscriptions": [], "ua": "drumbeat", "localIp": "127.0.0.1"}
    try:
        await client.open_gateway(asked)
    except SendError as error:
        remedy = "switch the robot's message receiving mode to Stream, and publish a version of the app"
        return Finding("dingtalk stream", is_fine=False, detail=str(error), remedy=remedy)
    return Finding("dingtalk stream", is_fine=True, detail="opens")


async def _probe(subject: str, asked: Awaitable[object], permission: str) -> Finding:
    """Try one call; only a missing permission is a finding, for nothing that it names is there."""
    try:
        await asked
    except Refused as error:
        if any(each in error.code for each in FORBIDDEN):
            remedy = f"apply for {error.needed or permission} under Permissions, and publish a version of the app"
            return Finding(subject, is_fine=False, detail=f"missing permission: {error.code}", remedy=remedy)
        return Finding(subject, is_fine=True, detail=f"{permission} is granted")
    except Gone as error:
        return Finding(subject, is_fine=False, detail=str(error))
    except SendError as error:
        return Finding(subject, is_fine=False, detail=f"could not be tried: {error}", remedy="try again in a minute")
    return Finding(subject, is_fine=True, detail=f"{permission} is granted")


def _template(*, has_template: bool) -> Finding:
    if has_template:
        detail = "set; whether its variables have the right names cannot be checked: look at the first card"
    else:
        detail = (
            "none: acts are told as what to type, and a changed card is posted anew; see docs/platforms/dingtalk.md"
        )
    return Finding("dingtalk card template", is_fine=True, detail=detail)
