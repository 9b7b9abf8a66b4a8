"""A whole Home Assistant of its own, on loopback: for browser tests and the demo."""

import asyncio
from asyncio.subprocess import STDOUT, Process
from collections.abc import Mapping
from dataclasses import dataclass
import os
from pathlib import Path
import signal
import sys
import time
from typing import Any, Self

from aiohttp import ClientError, ClientSession

from .seed import LOOPBACK, free_port, seed

START_SECONDS = 180.0
STOP_SECONDS = 60.0

type Json = dict[str, Any]


class HomeAssistantError(Exception):
    """The instance did not do as told; the message carries its last log lines."""


@dataclass(frozen=True, slots=True)
class Login:
    """The account of the instance's owner."""

    name: str = "Demo"
    username: str = "demo"
    password: str = "hearthcam"


class HomeAssistant:
    """One instance: its folder, its process, and an owner's access to it."""

    def __init__(self, folder: Path, *, port: int = 0, login: Login | None = None):
        """Keep all data in `folder`; a port of 0 is a free one."""
        self.folder = folder
        self.log = folder / "console.log"
        self.login = login or Login()
        self.port = port or free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.process: Process | None = None
        self._session: ClientSession | None = None
        self._tokens: Json = {}
        self._tokens_until = 0.0

    async def __aenter__(self) -> Self:
        """Start it and own it."""
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """End its processes."""
        await self.stop()

    async def start(self) -> None:
        """Return when it runs and `login` is its owner.

        Raises HomeAssistantError when it ends early or takes too long.
        """
        await asyncio.to_thread(seed, self.folder, self.port)
        self._session = ClientSession()
        with self.log.open("ab") as log:
            # A session of its own keeps Ctrl-C of a terminal away from it: it is
            # stopped in order, and what it leaves behind can be found by group.
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "homeassistant", "--config", str(self.folder), "--skip-pip"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=STDOUT,
                start_new_session=True,
            )
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._log_in()
                while (config := await self.get("/api/config"))["state"] != "RUNNING":
                    await asyncio.sleep(0.25)
        except TimeoutError as error:
            raise HomeAssistantError(self._complaint("did not start")) from error
        if config["config_dir"] != str(self.folder):
            raise HomeAssistantError(f"another Home Assistant answers at {self.url}")

    async def stop(self) -> None:
        """End every process of the instance, gracefully while that works."""
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self.process is None:
            return
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self.process.wait()
            except TimeoutError:
                pass
        await self._clear_group(self.process.pid)
        await self.process.wait()
        self.process = None

    async def wait(self) -> int:
        """Return the exit code of its process, once it ends."""
        if self.process is None:
            raise HomeAssistantError("the instance is not running")
        return await self.process.wait()

    async def _clear_group(self, group: int) -> None:
        """Kill what is left of the instance's process group."""
        deadline = time.monotonic() + 5
        while group_lives(group):
            if time.monotonic() > deadline:
                os.killpg(group, signal.SIGKILL)
                return
            await asyncio.sleep(0.05)

    # --- what its owner can do ---

    async def get(self, path: str) -> Any:
        """Return the JSON answer of an authenticated GET."""
        return await self._request("get", path)

    async def post(self, path: str, payload: Mapping[str, Any]) -> Any:
        """Return the JSON answer of an authenticated POST."""
        return await self._request("post", path, json=payload)

    async def command(self, name: str, **fields: Any) -> Any:
        """Return the result of a WebSocket command."""
        async with self._client.ws_connect(f"{self.url}/api/websocket") as connection:
            await connection.receive_json()
            token = await self.access_token()
            await connection.send_json({"type": "auth", "access_token": token})
            await connection.receive_json()
            await connection.send_json({"id": 1, "type": name, **fields})
            answer = await connection.receive_json()
        if not answer["success"]:
            raise HomeAssistantError(f"{name}: {answer['error']}")
        return answer["result"]

    async def states(self, domain: str) -> dict[str, Json]:
        """Return the state objects of a domain by entity id."""
        found = await self.get("/api/states")
        return {
            state["entity_id"]: state
            for state in found
            if state["entity_id"].startswith(f"{domain}.")
        }

    async def access_token(self) -> str:
        """Return a token that is good for some minutes more."""
        if time.monotonic() > self._tokens_until:
            await self._fetch_tokens(
                grant_type="refresh_token", refresh_token=self._tokens["refresh_token"]
            )
        token: str = self._tokens["access_token"]
        return token

    # --- getting there ---

    async def _log_in(self) -> None:
        """Wait for the server, then become its owner: as a new one or by password."""
        client_id = f"{self.url}/"
        while not (steps := await self._onboarding_steps()):
            self._check_alive()
            await asyncio.sleep(0.25)
        if {"step": "user", "done": False} in steps:
            account = {
                "name": self.login.name,
                "username": self.login.username,
                "password": self.login.password,
                "client_id": client_id,
                "language": "en",
            }
            async with self._client.post(
                f"{self.url}/api/onboarding/users", json=account
            ) as answer:
                answer.raise_for_status()
                code = (await answer.json())["auth_code"]
        else:
            code = await self._code_for_password(client_id)
        await self._fetch_tokens(grant_type="authorization_code", code=code)

    async def _onboarding_steps(self) -> list[Json]:
        """Return the steps, or an empty list while the server is not up."""
        try:
            async with self._client.get(f"{self.url}/api/onboarding") as answer:
                if answer.status == 404 and await self._frontend_is_up():
                    return [{"step": "user", "done": True}]
                steps: list[Json] = await answer.json() if answer.ok else []
                return steps
        except ClientError:
            return []

    async def _frontend_is_up(self) -> bool:
        # Onboarding leaves no view behind once it is done.
        async with self._client.get(f"{self.url}/auth/providers") as answer:
            return answer.ok

    async def _code_for_password(self, client_id: str) -> str:
        flow = f"{self.url}/auth/login_flow"
        start = {
            "client_id": client_id,
            "handler": ["homeassistant", None],
            "redirect_uri": client_id,
        }
        async with self._client.post(flow, json=start) as answer:
            flow_id = (await answer.json())["flow_id"]
        credentials = {
            "username": self.login.username,
            "password": self.login.password,
            "client_id": client_id,
        }
        async with self._client.post(f"{flow}/{flow_id}", json=credentials) as answer:
            result = await answer.json()
        if result.get("type") != "create_entry":
            raise HomeAssistantError("the kept instance has another owner's password")
        code: str = result["result"]
        return code

    async def _fetch_tokens(self, **grant: str) -> None:
        form = {"client_id": f"{self.url}/", **grant}
        async with self._client.post(f"{self.url}/auth/token", data=form) as answer:
            answer.raise_for_status()
            self._tokens |= await answer.json()
        self._tokens_until = time.monotonic() + self._tokens["expires_in"] / 2

    async def _request(self, method: str, path: str, **options: Any) -> Any:
        self._check_alive()
        headers = {"Authorization": f"Bearer {await self.access_token()}"}
        async with self._client.request(
            method, f"{self.url}{path}", headers=headers, **options
        ) as answer:
            if not answer.ok:
                reason = f"{method} {path}: {answer.status} {await answer.text()}"
                raise HomeAssistantError(reason)
            return await answer.json()

    @property
    def _client(self) -> ClientSession:
        if self._session is None:
            raise HomeAssistantError("the instance is not running")
        return self._session

    def _check_alive(self) -> None:
        if self.process is None or self.process.returncode is not None:
            raise HomeAssistantError(self._complaint("ended"))

    def _complaint(self, what: str) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-30:]
        return "\n".join([f"Home Assistant {what}; its last words:", *lines])


def group_lives(group: int) -> bool:
    """Tell whether any process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
