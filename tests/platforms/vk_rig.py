"""The museum's community on the fake VK, and the judge of every request. For tests of the VK adapter."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mwcampaign.core.campaign import Account
from mwcampaign.platforms.vk import VK
from mwcampaign.testing.platform_contract import PublicPost
from mwcampaign.testing.proxy import Fault, FaultProxy, Seen
from mwcampaign.testing.rig import KeptSessions
from tests.platforms.fake_vk import GROUP, TOKEN, FakeVK, error

CONTRACT = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "vk"
"""VK's own description of its interface; where it lies beside the project every call is judged against it."""
POST = {"method": "POST", "path": "^/method/wall.post$"}
IN_VKS_WAY: dict[Fault, dict[str, Any]] = {
    Fault.RATE_LIMIT: error(29, "Rate limit reached"),
    Fault.UNAUTHORIZED: error(5, "User authorization failed: access_token was given to another ip address."),
    Fault.BAD_REQUEST: error(100, "One of the parameters specified was missing or invalid"),
    Fault.SERVER_ERROR_BEFORE: error(10, "Internal server error"),
}
"""What VK says where others use a status."""
NOT_DESCRIBED = {
    "users.get": set[str](),
    "account.getAppPermissions": set[str](),
    "groups.getById": {"group_id", "fields"},
}
"""Methods of other parts than wall and photos, and their parameters as VK's own pages name them."""
LEFT_OUT = {"wall.get": {"owner_id": {"type": "integer"}}}
"""What the description that lies there leaves out, and VK's own page of the method has."""


class Impatient(VK):
    """The adapter with a read time-out short enough for tests of silence."""

    timeout = 0.5


class VKRig:
    """The community, seen through a proxy by the adapter and directly by the test."""

    module = "mwcampaign.platforms.vk"
    canary = (TOKEN,)

    def __init__(self, server: FakeVK, proxy: FaultProxy) -> None:
        self.server, self.proxy = server, proxy
        server.public = proxy.url
        self.platform = self.fresh()

    def posts(self) -> list[PublicPost]:
        """Return what is public: VK's captions are all it has of alternative texts."""
        captions = self.server.photos
        return [
            PublicPost(post["text"], tuple(captions[each] for each in post["photos"])) for post in self.server.posts
        ]

    def fresh(self, kind: type[VK] = VK, token: str = TOKEN, **options: str) -> VK:
        """Construct another adapter, with other options or another token."""
        told = {"group_id": str(GROUP)} | options
        account = Account(id="museum@vk", institution="museum", network="vk", server=self.proxy.url, options=told)
        return kind(account, {"access_token": token}, KeptSessions())

    def faulty(self, fault: Fault) -> VK:
        """Arm the proxy for the next post."""
        platform = self.fresh(Impatient if fault is Fault.STALL else VK)
        if fault in IN_VKS_WAY:
            self.proxy.answer(json.dumps(IN_VKS_WAY[fault]).encode(), **POST)
        else:
            self.proxy.arm(fault, **POST)
        return platform

    def allowing(self, remaining: int, seconds: int, *, shared: bool = False, refused: bool = False) -> VK:
        """Let the community post so many times today besides the next; VK tells nobody."""
        self.server.today = 50 if refused else 50 - remaining - 1
        return self.fresh()

    def delete(self, remote_id: str) -> None:
        """Delete it on the wall."""
        self.server.delete(int(remote_id))

    def edit(self, remote_id: str, text: str) -> bool:
        """Edit it on the wall."""
        (post,) = [each for each in self.server.posts if each["id"] == int(remote_id)]
        post |= {"text": text, "edited": True}
        return True

    def repeat(self, remote_id: str) -> str:
        """Post it again by hand."""
        (post,) = [each for each in self.server.posts if each["id"] == int(remote_id)]
        return str(self.server.add(post["text"], post["photos"]))


@contextmanager
def community() -> Iterator[VKRig]:
    """Stand up a community without posts; at the end every call, and every answer, is judged by VK's own description,
    where it lies beside the project."""
    server = FakeVK()
    with FaultProxy(server.url) as proxy:
        rig = VKRig(server, proxy)
        yield rig
        rig.platform.close()
        if (judge := described()) is not None:
            assert [fault for seen in proxy.requests for fault in judge.faults(seen)] == []
            # What is answered to a guid that is known is described nowhere, so an answer without an id is allowed.
            told = server.told if server.repeated == "same" else []
            assert [fault for name, answer in told for fault in judge.faults_in_answer(name, answer)] == []
    server.shutdown()
    server.server_close()


@cache
def described() -> Judge | None:
    """Return the judge, None where VK's description does not lie beside the project."""
    return Judge(CONTRACT) if CONTRACT.exists() else None


class Judge:
    """Judges calls and the fake's answers by VK's own JSON schema, independently of adapter and fake."""

    def __init__(self, folder: Path) -> None:
        from referencing import Registry
        from referencing.jsonschema import DRAFT7

        files = {path.relative_to(folder): json.loads(path.read_text("utf-8")) for path in folder.glob("*/*.json")}
        self._methods = {method["name"]: method for each in files.values() for method in each.get("methods", ())}
        resources = [(f"vk:/{path}", DRAFT7.create_resource(_modern(told))) for path, told in files.items()]
        self._registry: Any = Registry().with_resources(resources)
        self.judged: list[str] = []

    def faults(self, seen: Seen) -> list[str]:
        """Return what the description objects to in a call: verb, method, parameters, kinds, values."""
        path = urlsplit(seen.path).path
        if not path.startswith("/method/"):
            return [] if path == "/upload.php" else [f"{path} is no method"]
        name = path.removeprefix("/method/")
        told = {each: values[0] for each, values in parse_qs(seen.body.decode(), keep_blank_values=True).items()}
        told.pop("v")
        if name in NOT_DESCRIBED:
            return [f"{name} has no parameter {each}" for each in told.keys() - NOT_DESCRIBED[name]]
        if seen.method != "POST" or name not in self._methods:
            return [f"{seen.method} {name} is not described"]
        self.judged.append(name)
        known = {each["name"]: each for each in self._methods[name].get("parameters", ())} | LEFT_OUT.get(name, {})
        missing = [each for each, shape in known.items() if shape.get("required") and each not in told]
        faults = [f"{name} needs {each}" for each in missing]
        for each, value in told.items():
            if each not in known:
                faults.append(f"{name} has no parameter {each}")
            else:
                faults += self._objections(_read(value, known[each]), known[each])
        return faults

    def faults_in_answer(self, name: str, answer: Any) -> list[str]:
        """Return what the description objects to in an answer of the fake."""
        if name in NOT_DESCRIBED or name not in self._methods:
            return []
        if "error" in answer:
            return self._objections(answer["error"], {"$ref": "../base/objects.json#/definitions/base_error"})
        return self._objections(answer, self._methods[name]["responses"]["response"])

    def _objections(self, told: object, shape: dict[str, Any]) -> list[str]:
        from jsonschema import Draft7Validator

        validator = Draft7Validator(_modern(shape), registry=self._registry)
        return [fault.message for fault in validator.iter_errors(told)]


def _read(value: str, shape: dict[str, Any]) -> object:
    """Return a form's value as what the description says it is, where it can be read so."""
    match shape.get("type"):
        case "integer" if re.fullmatch(r"-?\d+", value):
            return int(value)
        case "boolean" if value in ("0", "1"):
            return value == "1"
        case "array":
            return value.split(",")
    return value


def _modern(told: Any) -> Any:
    """Return VK's schema in the words of draft 7: there a field is not required by itself, but by what holds it, and a
    reference stands alone."""
    if isinstance(told, list):
        return [_modern(each) for each in told]
    if not isinstance(told, dict):
        return told
    if isinstance(told.get("$ref"), str):
        return {"$ref": told["$ref"].replace("../", "vk:/")}
    plain = {name: _modern(value) for name, value in told.items() if name != "required"}
    if isinstance(told.get("properties"), dict):
        fields = told["properties"].items()
        plain["properties"] = {name: _modern(value) for name, value in fields}
        plain["required"] = [
            name for name, value in fields if isinstance(value, dict) and value.get("required") is True
        ]
    return plain
