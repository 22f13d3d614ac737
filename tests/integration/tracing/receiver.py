"""A LangSmith on loopback that keeps every byte it gets, or behaves as badly as it is told."""

import email
import gzip
import json
from dataclasses import dataclass, field
from email.policy import HTTP
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from typing import Any


class Manner(Enum):
    """What the service does with what it is sent."""

    TAKES = "takes"
    HANGS = "hangs"
    FAILS = "fails"


@dataclass
class Receiver:
    """In a thread of its own, as a service of somebody else's is."""

    manner: Manner = Manner.TAKES
    bodies: list[bytes] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.arrived = Condition()
        self.let_go = Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                """Nothing."""

            def do_GET(self) -> None:
                receiver.take(self)

            def do_POST(self) -> None:
                receiver.take(self)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length", "0")))
        head = f"{request.requestline}\n{request.headers}"
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        assert request.headers.get("content-encoding") in {None, "gzip"}, "a body that this test cannot read"
        with self.arrived:
            self.heads.append(head.encode())
            self.bodies.append(body)
            if self.manner is Manner.TAKES and body:
                self._keep(request.headers["content-type"], body)
            self.arrived.notify_all()
        if self.manner is Manner.HANGS:
            self.let_go.wait()
        request.send_response(500 if self.manner is Manner.FAILS else 202)
        request.send_header("content-length", "2")
        request.end_headers()
        request.wfile.write(b"{}")

    def _keep(self, content_type: str, body: bytes) -> None:
        """Put the parts of each run together: `post.<id>` is the run, `post.<id>.extra` one field of it."""
        message = email.message_from_bytes(f"content-type: {content_type}\r\n\r\n".encode() + body, policy=HTTP)
        for part in message.iter_parts():
            _, run_id, *rest = part.get_param("name", header="content-disposition").split(".")
            value = json.loads(part.get_payload(decode=True))
            run = self.runs.setdefault(run_id, {})
            run.update({rest[0]: value} if rest else value)

    def wait_for_a_request(self) -> None:
        with self.arrived:
            assert self.arrived.wait_for(lambda: self.bodies, timeout=60)

    def everything(self) -> bytes:
        return b"\n".join([*self.heads, *self.bodies])

    def children(self, parent: dict[str, Any] | None) -> list[dict[str, Any]]:
        """Those directly under a run, in the order in which they began; the roots under None."""
        under = [run for run in self.runs.values() if run.get("parent_run_id") == (parent["id"] if parent else None)]
        return sorted(under, key=lambda run: run["dotted_order"])

    def stop(self) -> None:
        self.let_go.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
