"""Every place that opens a socket or a file of FFmpeg's is known, and no other is."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
import re

from custom_components.hearthcam.engine import protocol

INTEGRATION = Path(protocol.__file__).parents[1]
OPENERS = frozenset(
    {
        *("socket", "create_connection", "open_connection", "sock_connect"),
        *("connect", "connect_ex", "sendto", "sendmsg", "bind"),
        *("create_datagram_endpoint", "create_server", "start_server", "create_unix"),
        *("getaddrinfo", "gethostbyname", "gethostbyaddr", "getnameinfo"),
        *("ClientSession", "async_get_clientsession", "async_create_clientsession"),
        *("urlopen", "HTTPConnection", "HTTPSConnection", "AsyncClient"),
        *("TCPSite", "SockSite", "UnixSite", "ws_connect", "system"),
        *("Popen", "create_subprocess_exec", "create_subprocess_shell", "run_process"),
    }
)
DOORS: Mapping[str, tuple[frozenset[str], str]] = {
    "engine/pictures.py": (
        frozenset({"ClientSession"}),
        "the address that the gate checked, no proxies, no redirects",
    ),
    "engine/process.py": (frozenset({"socket"}), "the listening one, inherited"),
    "engine/relay.py": (
        frozenset({"socket", "bind", "create_connection"}),
        "loopback for FFmpeg; the address that the gate checked",
    ),
    "engine/server.py": (frozenset({"SockSite"}), "the listening one"),
    "engine/tunnel.py": (frozenset({"connect"}), "what the relay hands it"),
    "engine_process.py": (frozenset({"create_subprocess_exec"}), "the engine"),
    "library/database.py": (frozenset({"connect"}), "SQLite"),
    "onvif/announcements.py": (
        frozenset({"create_datagram_endpoint"}),
        "a socket of multicast, which only hears",
    ),
    "onvif/discovery.py": (
        frozenset({"create_datagram_endpoint", "sendto"}),
        "a socket of multicast, to its group",
    ),
    "onvif/events/receiver.py": (
        frozenset({"socket", "connect", "TCPSite"}),
        "a local address of ours; a route is looked up, nothing is sent",
    ),
    "onvif/multicast.py": (frozenset({"socket", "bind"}), "groups of the link only"),
    "onvif/tls.py": (frozenset({"open_connection"}), "what the gate checked"),
    "onvif_address.py": (
        frozenset({"async_get_clientsession"}),
        "for `onvif.transport`, which asks the gate and follows nothing",
    ),
    "privacy_fetch.py": (
        frozenset({"async_get_clientsession"}),
        "the engine's and Home Assistant's own servers, on this machine",
    ),
    "stills.py": (
        frozenset({"async_get_clientsession"}),
        "the engine's server, on loopback",
    ),
    "supervisor.py": (frozenset({"socket", "bind"}), "the listening one, on loopback"),
}
"""Where sockets are opened: by what, and why that leads nowhere else."""
FRONTEND = INTEGRATION / "frontend"
NAMESPACES = frozenset({"http://www.w3.org/2000/svg"})
"""Names, which nobody asks for."""
ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'`]*|[\"'`(]//[^\s\"'`]*")
LOADED = re.compile(r"\b(?:from|import)\b\s*\(?\s*([\"'`][^\"'`]*[\"'`])")
REMARK = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
FORBIDDEN = re.compile(
    # A name of a camera's would become a picture of anywhere.
    r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|DOMParser"
    r"|createContextualFragment|document\.write|eval|Function"
    # What has ways of its own.
    r"|RTCPeerConnection|WebSocket|EventSource|sendBeacon|serviceWorker"
    r"|XMLHttpRequest|importScripts|Worker)\b"
    r"|@import|@font-face"
)


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Yield what a module calls, by the last part of its name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute):
                yield called.attr, node
            elif isinstance(called, ast.Name):
                yield called.id, node


def test_nobody_else_opens_a_socket() -> None:
    """Who needs a new door says here where it leads, and a reviewer reads it."""
    found: dict[str, set[str]] = {}
    for path in INTEGRATION.rglob("*.py"):
        for name, _ in calls(path):
            if name in OPENERS:
                place = path.relative_to(INTEGRATION).as_posix()
                found.setdefault(place, set()).add(name)
    unknown = {
        place: names - DOORS.get(place, (frozenset(), ""))[0]
        for place, names in found.items()
    }
    assert not {place: names for place, names in unknown.items() if names}


def test_no_request_follows_a_redirect_by_itself() -> None:
    """The gate would not see where to.

    Home Assistant's session has a middleware that looks up where a redirect leads,
    even of a request that follows none.
    """
    for path in INTEGRATION.rglob("*.py"):
        for name, call in calls(path):
            on = ast.unparse(call.func)
            if name in {"get", "post", "request"} and on.split(".")[-2:-1] in (
                ["session"],
                ["_session"],
            ):
                keywords = {one.arg: ast.unparse(one.value) for one in call.keywords}
                assert keywords.get("allow_redirects") == "False", f"{path.name}: {on}"
                if path.parent.name != "engine":
                    assert keywords.get("middlewares") == "()", f"{path.name}: {on}"


def test_ffmpeg_never_guesses_what_it_opens() -> None:
    """A playlist with the name of a clip would be followed to wherever it leads."""
    opened = [
        (path.name, call)
        for path in INTEGRATION.rglob("*.py")
        for name, call in calls(path)
        if name == "open" and ast.unparse(call.func) == "av.open"
    ]
    assert opened
    for name, call in opened:
        assert any(one.arg == "format" for one in call.keywords), f"{name}"


def test_pages_of_other_origins_may_read_films_only() -> None:
    """Televisions play in a page of their maker's; they need a signed address for it."""
    views = {
        path.name
        for path in INTEGRATION.rglob("*.py")
        if "cors" in path.read_text().lower()
    }
    assert views == {"playback_views.py"}


def test_what_browsers_load_leads_nowhere_else() -> None:
    """No import, picture, font or message of the panel's is of another server."""
    files = [path for path in FRONTEND.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".js"}
    for path in files:
        text = REMARK.sub("", path.read_text())
        assert not set(ELSEWHERE.findall(text)) - NAMESPACES, path.name
        assert not FORBIDDEN.findall(text), path.name
        for loaded in LOADED.findall(text):
            assert re.fullmatch(r"[\"']\./[a-z_]+\.js[\"']", loaded), path.name


def test_no_text_shows_what_is_elsewhere() -> None:
    """Dialogues and repairs are Markdown: a picture in them would be fetched."""
    texts = [INTEGRATION / name for name in ("services.yaml", "icons.json")]
    for path in (*texts, *(INTEGRATION / "translations").glob("*.json")):
        text = path.read_text()
        assert not ELSEWHERE.findall(text), path.name
        assert "![" not in text and "<img" not in text, path.name
