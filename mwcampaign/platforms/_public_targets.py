"""Where pictures can be put so that a public address serves them: a bucket (S3) or a web server's folder (SFTP).

For _public_pictures only. The libraries, boto3 and paramiko, are extras and loaded when a picture is put. Putting the
same picture twice changes nothing: its name is its content's.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import SplitResult, parse_qs, urlsplit

from mwcampaign.errors import Deferred, PublishError, Rejected

KEPT = "public, max-age=31536000, immutable"
CONNECT = 10.0


class Target(Protocol):
    """A place for public pictures."""

    def put(self, step: str, name: str, mime: str, content: bytes) -> None:
        """Put a picture there under its name, over whatever was there. Raises Deferred or Rejected."""


def target(address: str, secrets: Mapping[str, str], patience: float) -> Target:
    """Return what an address such as s3://bucket/folder or sftp://user@host/folder names. Raises Rejected."""
    parts = urlsplit(address)
    if parts.scheme == "s3" and parts.netloc:
        return Bucket(parts, secrets, patience)
    if parts.scheme == "sftp" and parts.hostname and parts.username and not parts.password:
        return Folder(parts, secrets, patience)
    raise _account("public_upload is s3://bucket/folder or sftp://user@host/folder, with no password in it")


class Bucket:
    """S3, or a store that speaks its language: s3://bucket/folder?endpoint=https://…&region=….

    The keys are the secrets s3_access_key and s3_secret_key, or else what boto3 finds in its own places.
    """

    def __init__(self, parts: SplitResult, secrets: Mapping[str, str], patience: float) -> None:
        asked = parse_qs(parts.query)
        self._bucket, self._folder = parts.netloc, parts.path.strip("/")
        self._endpoint = asked.get("endpoint", [None])[0]
        self._region = asked.get("region", [None])[0]
        self._secrets, self._patience = secrets, patience

    def put(self, step: str, name: str, mime: str, content: bytes) -> None:
        """Put a picture into the bucket, in one request."""
        boto3, botocore = _extra("boto3", "s3"), _extra("botocore.config", "s3")
        wrong = _extra("botocore.exceptions", "s3")
        config = botocore.Config(
            connect_timeout=min(CONNECT, self._patience),
            read_timeout=self._patience,
            retries={"total_max_attempts": 1},
            request_checksum_calculation="when_required",
            s3={"addressing_style": "path" if self._endpoint else "auto"},
        )
        key = f"{self._folder}/{name}" if self._folder else name
        try:
            client = boto3.session.Session().client(
                "s3",
                endpoint_url=self._endpoint,
                region_name=self._region,
                aws_access_key_id=self._secrets.get("s3_access_key"),
                aws_secret_access_key=self._secrets.get("s3_secret_key"),
                config=config,
            )
            client.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=mime, CacheControl=KEPT)
        except wrong.ClientError as error:
            raise _of_bucket(step, error.response) from None
        except (wrong.ConnectionError, wrong.HTTPClientError) as error:
            raise Deferred(f"{step}: the bucket did not answer ({type(error).__name__})") from None
        except (wrong.BotoCoreError, ValueError) as error:
            raise _account(f"the bucket cannot be asked ({type(error).__name__})") from None


class Folder:
    """A folder on a web server, by SFTP: sftp://user@host:port/path. The server's key must be in ~/.ssh/known_hosts.

    Signs in with the secret sftp_password, or else with the keys of ~/.ssh and of the agent.
    """

    def __init__(self, parts: SplitResult, secrets: Mapping[str, str], patience: float) -> None:
        self._host, self._port, self._user = parts.hostname or "", parts.port or 22, parts.username or ""
        self._path = parts.path.rstrip("/")
        self._password, self._patience = secrets.get("sftp_password"), patience

    def put(self, step: str, name: str, mime: str, content: bytes) -> None:
        """Put a picture into the folder: beside its place first, so that nobody is ever served half of it."""
        paramiko = _extra("paramiko", "sftp")
        client = paramiko.SSHClient()
        client.load_system_host_keys()
        client.set_missing_host_key_policy(_Strangers())
        try:
            client.connect(
                self._host,
                self._port,
                self._user,
                self._password,
                timeout=min(CONNECT, self._patience),
                banner_timeout=self._patience,
                auth_timeout=self._patience,
                channel_timeout=self._patience,
                allow_agent=self._password is None,
                look_for_keys=self._password is None,
            )
            with client.open_sftp() as files:
                files.get_channel().settimeout(self._patience)
                self._write(files, f"{self._path}/{name}", content)
        except (paramiko.AuthenticationException, paramiko.BadHostKeyException) as error:
            raise _account(f"the server lets nobody in ({type(error).__name__})") from None
        except PermissionError:
            raise _account("the folder may not be written to") from None
        except FileNotFoundError:
            raise _account("there is no such folder on the server") from None
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise Deferred(f"{step}: the picture could not be put there ({type(error).__name__})") from None
        finally:
            client.close()

    @staticmethod
    def _write(files: Any, path: str, content: bytes) -> None:
        beside = f"{path}.part"
        files.putfo(BytesIO(content), beside, len(content))
        try:
            files.posix_rename(beside, path)
        except OSError:
            # Servers without that extension refuse to rename over a file.
            with suppress(FileNotFoundError):
                files.remove(path)
            files.rename(beside, path)


class _Strangers:
    """What paramiko asks about a server whose key nobody has seen before: never sign in there."""

    def missing_host_key(self, *_: object) -> None:
        """Refuse."""
        raise _account("the server's key is not in ~/.ssh/known_hosts: sign in there once by hand and compare it")


def _extra(library: str, extra: str) -> Any:
    """Return a library that only some need, or say how to get it."""
    try:
        return import_module(library)
    except ImportError:
        raise _account(f"this public_upload needs another library: pip install 'mwcampaign[{extra}]'") from None


def _of_bucket(step: str, told: Mapping[str, object]) -> PublishError:
    error, about = told.get("Error"), told.get("ResponseMetadata")
    code = error.get("Code", "") if isinstance(error, dict) else ""
    status = about.get("HTTPStatusCode", 0) if isinstance(about, dict) else 0
    if 400 <= status < 500 and status not in {408, 429}:
        return _account(f"the bucket refused it: {status} {code}")
    return Deferred(f"{step}: the bucket answered {status} {code}")


def _account(what: str) -> Rejected:
    return Rejected(f"public picture: {what}", reach="account")
