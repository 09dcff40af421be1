"""Stand-ins for PagerDuty, Slack and a mail server that keep every message with its time."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.message import Message as StandardMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.handlers import Message as Mail
from aiosmtpd.smtp import SMTP


@dataclass(frozen=True)
class Message:
    """One notification: where it came in (`/v2/enqueue`, `/slack/alerts`, an address), when, and what it said."""

    to: str
    content: dict[str, Any]
    at: float = field(default_factory=time.monotonic)

    @property
    def text(self) -> str:
        """Everything that the message says, as one text to look for words in."""
        return json.dumps(self.content, ensure_ascii=False)


class Inbox:
    """The messages of one receiver, and a way to wait for them."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._changed = threading.Condition()

    def put(self, message: Message) -> None:
        """Keep a message and wake the waiters."""
        with self._changed:
            self._messages.append(message)
            self._changed.notify_all()

    def all(self, wanted: Callable[[Message], bool] = lambda _: True) -> list[Message]:
        """Return the wanted messages received so far."""
        with self._changed:
            return [message for message in self._messages if wanted(message)]

    def wait(self, wanted: Callable[[Message], bool], timeout: float, what: str) -> Message:
        """Return the first wanted message, as soon as it is there.

        Raises:
            TimeoutError: when none came in that many seconds; it shows what did come.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                for message in self._messages:
                    if wanted(message):
                        return message
                if not self._changed.wait(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                    came = [(message.to, message.text[:200]) for message in self._messages]
                    raise TimeoutError(f"{what}: nothing in {timeout:.0f} s; came in: {came}")


class HttpReceiver:
    """PagerDuty's Events v2 at `/v2/enqueue`, Slack at `/slack/<name>`, others at `/webhook/<name>`, on one port."""

    def __init__(self) -> None:
        self.pagerduty = Inbox()
        self.slack = Inbox()
        self.webhooks = Inbox()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """The host and port that it listens on."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def take(self, path: str, body: str) -> tuple[int, str]:
        """Keep a message; return the status and the answer that the real service gives."""
        content = json.loads(body)
        if path == "/v2/enqueue":
            if not content.get("routing_key"):
                return 400, '{"status":"invalid event","errors":["routing_key is required"]}'
            self.pagerduty.put(Message(path, content))
            return 202, json.dumps({"status": "success", "dedup_key": content.get("dedup_key")})
        if path.startswith("/slack/"):
            self.slack.put(Message(path, content))
            return 200, "ok"
        if path.startswith("/webhook/"):
            self.webhooks.put(Message(path, content))
            return 200, "ok"
        return 404, "expected /v2/enqueue, /slack/<name> or /webhook/<name>"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(receiver: HttpReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            status, text = receiver.take(self.path, body)
            answer = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing: messages are kept."""

    return Handler


class _Mailbox(Mail):
    """Turns each mail into one message an address."""

    def __init__(self, inbox: Inbox) -> None:
        super().__init__(EmailMessage)
        self._inbox = inbox

    def handle_message(self, message: StandardMessage) -> None:
        """Keep one mail; aiosmtpd adds the envelope's recipients as a header."""
        for address in str(message["X-RcptTo"]).split(", "):
            content = {"subject": str(message["Subject"]), "body": _body(message)}
            self._inbox.put(Message(address, content))


def _body(message: StandardMessage) -> str:
    """Return the mail's text parts, decoded, one after the other."""
    parts = [part.get_payload(decode=True) for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join(part.decode() for part in parts if isinstance(part, bytes))


class MailReceiver:
    """A mail server on a free loopback port, in a thread of its own."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self._loop = asyncio.new_event_loop()
        mailbox = _Mailbox(self.inbox)
        self._server = self._loop.run_until_complete(
            self._loop.create_server(lambda: SMTP(mailbox, hostname="localhost", loop=self._loop), "127.0.0.1", 0)
        )
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """The host and port that it listens on."""
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        """Stop listening."""
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _shut(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
