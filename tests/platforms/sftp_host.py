"""A web server's SSH side on loopback, made with paramiko's own server half: for tests of SFTP uploads."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import paramiko
from paramiko import SFTPAttributes, SFTPHandle, SFTPServer, SFTPServerInterface


class SftpHost:
    """Listens for SSH, lets `museum` in with one password, and serves `root` by SFTP."""

    def __init__(self, root: Path, password: str) -> None:
        self.root, self.password = root, password
        self.key = paramiko.Ed25519Key.from_private_key(_private())
        self.posix_rename = True
        self.passwords: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._transports: list[paramiko.Transport] = []

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self._socket.getsockname()[1])

    @property
    def target(self) -> str:
        """Return what the account states."""
        return f"sftp://museum@127.0.0.1:{self.port}/mw"

    def __enter__(self) -> SftpHost:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        for transport in self._transports:
            transport.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            self._transports.append(transport)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler("sftp", SFTPServer, _Files, self)
            try:
                transport.start_server(server=_Door(self))
            except (paramiko.SSHException, EOFError):
                continue


class _Door(paramiko.ServerInterface):
    def __init__(self, host: SftpHost) -> None:
        self.host = host

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        self.host.passwords.append(password)
        welcome = username == "museum" and password == self.host.password
        return paramiko.AUTH_SUCCESSFUL if welcome else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class _Files(SFTPServerInterface):
    def __init__(self, server: Any, host: SftpHost, *args: Any, **more: Any) -> None:
        super().__init__(server, *args, **more)
        self.host = host

    def _place(self, path: str) -> Path:
        return self.host.root / path.lstrip("/")

    def stat(self, path: str) -> Any:
        try:
            return SFTPAttributes.from_stat(self._place(path).stat())
        except OSError as error:
            return SFTPServer.convert_errno(error.errno)

    def open(self, path: str, flags: int, attr: Any) -> Any:
        try:
            made = os.fdopen(os.open(self._place(path), flags, 0o644), "wb")
        except OSError as error:
            return SFTPServer.convert_errno(error.errno)
        handle = SFTPHandle(flags)
        handle.writefile = made  # type: ignore[attr-defined]
        return handle

    def remove(self, path: str) -> int:
        try:
            self._place(path).unlink()
        except OSError as error:
            return int(SFTPServer.convert_errno(error.errno))
        return int(paramiko.SFTP_OK)

    def rename(self, oldpath: str, newpath: str) -> int:
        if self._place(newpath).exists():
            return int(paramiko.SFTP_FAILURE)
        self._place(oldpath).rename(self._place(newpath))
        return int(paramiko.SFTP_OK)

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        if not self.host.posix_rename:
            return int(paramiko.SFTP_OP_UNSUPPORTED)
        self._place(oldpath).replace(self._place(newpath))
        return int(paramiko.SFTP_OK)


def _private() -> Any:
    """Make a key of this test run."""
    from io import StringIO

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return StringIO(made.decode())
