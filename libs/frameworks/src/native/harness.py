"""Runs Python test modules for a Testimony session, one after the other in one warm process.

What tests use of it:
  page.get/post/put/patch/delete/request(path, query=, headers=, json=, form=, body=, timeout_ms=, redirect=)
      -> response with .status .ok .headers .text .url .duration_ms and .json()
  page.assert_status / assert_ok / assert_json / assert_header / assert_schema
  page.expect(value).to_be / to_equal / to_contain / to_match / to_be_truthy / ... and .not_
  page.wait_for(condition, timeout_ms=, interval_ms=, message=)
  page.auth.bearer / basic / api_key / header / clear, page.login(path, token_path=, ...)
  page.service(name), page.base_url, page.requests
`run(page)` may be async; calls of the page are not awaited. Standard library only.
"""
import asyncio
import base64
import builtins
import http.client
import http.cookiejar
import importlib
import importlib.machinery
import importlib.util
import inspect
import json
import linecache
import os
import queue
import random
import re
import signal
import socket
import ssl
import sys
import threading
import time
import traceback
import types
import urllib.parse
import urllib.request

FRAME_FD = 3
MOST_LOG_LINES = 200
MOST_LOG_BYTES = 64 * 1024
LARGEST_BODY = 10 * 1024 * 1024
BODY_SHOWN = 2048
FIRST_KEPT = LATEST_KEPT = 50
MOST_REDIRECTS = 10
DEFAULT_TIMEOUT_MS = 30_000
# Servers close idle connections too; a request that meets the closing one would fail for no fault of the service.
IDLE_SECONDS = 1.5
MOST_TESTS = 250
SHORTEST_SECRET = 4
TOKEN_NAMES = ("access_token", "accessToken", "token", "id_token", "jwt")
# No connection came about.
MET_NOBODY = ("ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH")
INTERRUPTED = "the test ended before the answer came"
# A request that waits no longer than this when the time is up is the next of many, not one that hangs.
HANGS_MS = 250
REDIRECTS = (301, 302, 303, 307, 308)

# Taken before any test code is loaded, which could replace them.
_write, _monotonic, _time = os.write, time.monotonic, time.time
_dumps = json.JSONEncoder(ensure_ascii=True, default=str).encode
_sleep = time.sleep


class PageUsageError(Exception):
    """The call cannot be made as it was written, or e2e.conf lacks what it needs."""

    failure_class = "other"

    def __init__(self, message, code=None):
        super().__init__(message)
        self.code = code


class NetworkError(Exception):
    """No answer came; `code` is the errno's name, such as ECONNREFUSED."""

    failure_class = "network"

    def __init__(self, message, code, url):
        super().__init__(message)
        self.code, self.url = code, url


class RequestTimeout(Exception):
    failure_class = "timeout"
    code = "ETIMEDOUT"

    def __init__(self, message, url):
        super().__init__(message)
        self.url = url


class AssertionFailure(AssertionError):
    """An expectation that did not hold."""

    def __init__(self, message, expected=None, actual=None, http_status=None, failure_class="assertion", code=None, url=None):
        super().__init__(message)
        self.expected, self.actual = expected, actual
        # Of an assertion that ran out of time because nobody answered.
        self.code, self.url = code, url
        self.http_status, self.failure_class = http_status, failure_class


class TestTimeout(BaseException):
    """Not an Exception, so that a test's own `except Exception` cannot swallow it."""


def class_of_status(status):
    known = {401: "authentication", 403: "authorization", 404: "not_found", 400: "validation", 422: "validation"}
    # Refusals of how something was asked say nothing of what it should have answered.
    known.update({405: "other", 409: "other", 429: "other"})
    return known.get(status, "server" if status >= 500 else "assertion")


def shorten(text, most=300):
    return text if len(text) <= most else f"{text[:most]}... ({len(text)} characters)"


def shown(value):
    try:
        return shorten(json.dumps(value, ensure_ascii=False, default=repr))
    except (TypeError, ValueError):
        return shorten(repr(value))


class Masker:
    def __init__(self, values, shapes):
        self._values = set()
        self._shapes = [re.compile(shape, re.I) for shape in shapes]
        for value in values:
            self.add(value)

    def add(self, value):
        if len(value) >= SHORTEST_SECRET:
            self._values.update((value, urllib.parse.quote(value, safe=""), json.dumps(value)[1:-1]))

    def mask(self, text):
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, "***")
        for shape in self._shapes:
            text = shape.sub(r"\g<1>***", text)
        return text


class Response:
    """An answer, read to its end. `headers` are by lower-case name."""

    def __init__(self, method, url, status, headers, body, duration_ms):
        self.method, self.url, self.status, self.headers = method, url, status, headers
        self.content, self.duration_ms = body, duration_ms
        self.ok = 200 <= status < 300
        self.text = body.decode("utf-8", "replace")

    def json(self):
        try:
            return json.loads(self.text)
        except ValueError:
            said = shorten(self.text) or "(empty)"
            raise AssertionFailure(
                f"{self.method} {self.url} answered {self.status} with a body that is no JSON: {said}",
                expected="a JSON body", actual=shorten(self.text), http_status=self.status,
            ) from None


# --- connections, kept between tests ---

_connections = {}


def _connection(url, timeout):
    key = (url.scheme, url.hostname, url.port)
    kept = _connections.pop(key, None)
    if kept and _monotonic() - kept[1] < IDLE_SECONDS and kept[0].sock is not None:
        kept[0].sock.settimeout(timeout)
        return kept[0], True
    if kept:
        kept[0].close()
    if url.scheme == "https":
        return http.client.HTTPSConnection(url.hostname, url.port, timeout=timeout, context=ssl.create_default_context()), False
    return http.client.HTTPConnection(url.hostname, url.port, timeout=timeout), False


def _errno_name(error):
    import errno

    if isinstance(error, socket.gaierror):
        return "EAI_AGAIN" if error.errno == socket.EAI_AGAIN else "ENOTFOUND"
    if isinstance(error, http.client.RemoteDisconnected):
        return "ECONNRESET"
    return errno.errorcode.get(getattr(error, "errno", None) or 0, "ERR_NETWORK")


def _exchange(method, address, headers, body, timeout_ms, on_retry, fresh=False):
    url = urllib.parse.urlsplit(address)
    deadline = _monotonic() + timeout_ms / 1000
    connection, reused = _connection(url, timeout_ms / 1000)
    if fresh and reused:
        connection.close()
        connection, reused = _connection(url, timeout_ms / 1000)
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        chunks, size = [], 0
        while True:
            chunk = answer.read1(65_536) if hasattr(answer, "read1") else answer.read(65_536)
            if not chunk:
                break
            chunks.append(chunk)
            size += len(chunk)
            if size > LARGEST_BODY:
                connection.close()
                raise NetworkError(f"{method} {address} answered with more than 10 MiB; ask for less", "ERR_BODY_TOO_LARGE", address)
            if _monotonic() > deadline:
                raise socket.timeout()
        answer.read()
    except (socket.timeout, TimeoutError):
        connection.close()
        raise RequestTimeout(f"{method} {address} gave no full answer within {timeout_ms} ms", address) from None
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        code = _errno_name(error)
        if reused and not fresh and method in ("GET", "HEAD", "OPTIONS") and code in ("ECONNRESET", "EPIPE"):
            on_retry()
            return _exchange(method, address, headers, body, timeout_ms, on_retry, fresh=True)
        raise NetworkError(f"{method} {address} got no answer: {code} ({error})", code, address) from None
    except BaseException:
        connection.close()
        raise
    merged = {}
    for name, value in answer.getheaders():
        name = name.lower()
        merged[name] = f"{merged[name]}, {value}" if name in merged else value
    if answer.will_close:
        connection.close()
    else:
        _connections[(url.scheme, url.hostname, url.port)] = (connection, _monotonic())
    return answer, merged, b"".join(chunks)


class _Shared:
    def __init__(self, services, masker):
        self.services, self.masker = services, masker
        self.cookies = http.cookiejar.CookieJar()
        self.credentials = {}
        self.first, self.latest, self.left = [], [], 0
        self.origins = {_origin(service.get("baseUrl")) for service in services.values()} - {None}

    def remember(self, record):
        if len(self.first) < FIRST_KEPT:
            self.first.append(record)
            return
        self.latest.append(record)
        if len(self.latest) > LATEST_KEPT:
            self.latest.pop(0)
            self.left += 1

    def records(self):
        mask = self.masker.mask

        def masked(record):
            return {key: mask(value) if isinstance(value, str) and key != "method" else value for key, value in record.items()}

        gap = [{"method": "...", "url": f"{self.left} more requests", "status": None, "durationMs": 0}] if self.left else []
        return [masked(r) for r in self.first] + gap + [masked(r) for r in self.latest]


def _origin(address):
    if not address:
        return None
    url = urllib.parse.urlsplit(address)
    return f"{url.scheme}://{url.netloc}"


class Auth:
    """Credentials that the page sends to the configured services, and to nobody else."""

    def __init__(self, shared):
        self._shared = shared

    def _keep(self, name, value, secret):
        self._shared.masker.add(secret)
        self._shared.credentials[name.lower()] = value

    def bearer(self, token):
        self._keep("authorization", f"Bearer {token}", token)

    def basic(self, user, password):
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._shared.masker.add(password)
        self._keep("authorization", f"Basic {pair}", pair)

    def api_key(self, value, header="x-api-key"):
        self._keep(header, value, value)

    def header(self, name, value):
        self._keep(name, value, value)

    def clear(self):
        self._shared.credentials.clear()
        self._shared.cookies.clear()


def _retry_after_seconds(header):
    """A Retry-After header (RFC 9110, 10.2.3: seconds, or a date) as seconds from now; None for anything else."""
    if header is None:
        return None
    if re.fullmatch(r"\d{1,9}", header.strip()):
        return int(header)
    # Loaded only when a server says a date: it costs 10 ms.
    from email.utils import parsedate_to_datetime

    try:
        return max(0, round(parsedate_to_datetime(header).timestamp() - _time()))
    except (TypeError, ValueError, OverflowError):
        return None


def _body_shown(body):
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    return body if len(body) <= BODY_SHOWN else f"{body[:BODY_SHOWN]}... ({len(body)} characters)"


class Page:
    def __init__(self, service, shared):
        self._service, self._shared = service, shared
        self.auth = Auth(shared)

    @property
    def base_url(self):
        base = self._shared.services.get(self._service, {}).get("baseUrl")
        if base is None:
            raise PageUsageError(
                f"Service '{self._service}' has no base URL: set services.{self._service}.base_url in e2e.conf, or give a whole URL",
                "ERR_NO_BASE_URL",
            )
        return base

    @property
    def requests(self):
        return self._shared.records()

    def service(self, name):
        return Page(name, self._shared)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, **options):
        return self.request("POST", path, **options)

    def put(self, path, **options):
        return self.request("PUT", path, **options)

    def patch(self, path, **options):
        return self.request("PATCH", path, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    def request(self, method, path, *, query=None, headers=None, json=None, form=None, body=None,
                timeout_ms=DEFAULT_TIMEOUT_MS, redirect="follow"):
        shared, verb = self._shared, method.upper()
        if sum(part is not None for part in (json, form, body)) > 1:
            raise PageUsageError(f"page.{method.lower()} was given more than one of json, form and body: only one body can be sent")
        kind = None
        if json is not None:
            body, kind = _dumps(json), "application/json"
        elif form is not None:
            body, kind = urllib.parse.urlencode(form), "application/x-www-form-urlencoded"
        if isinstance(body, str):
            body = body.encode()
        address = path if re.match(r"https?://", path, re.I) else f"{self.base_url.rstrip('/')}{'' if path[:1] in ('/', '?', '') else '/'}{path}"
        pairs = [(k, v) for k, v in (query or {}).items() if v is not None]
        if pairs:
            address += ("&" if "?" in address else "?") + urllib.parse.urlencode(pairs, doseq=True)
        own = shared.services.get(self._service, {})
        started = _monotonic()
        for redirects in range(MOST_REDIRECTS + 1):
            origin = _origin(address)
            trusted = origin in shared.origins
            sent = {"host": urllib.parse.urlsplit(address).netloc, "accept-encoding": "identity"}
            if kind:
                sent["content-type"] = kind
            ask = urllib.request.Request(address)
            shared.cookies.add_cookie_header(ask)
            if ask.has_header("Cookie"):
                sent["cookie"] = ask.get_header("Cookie")
            for source in (
                own.get("headers") if origin == _origin(own.get("baseUrl")) else None,
                shared.credentials if trusted else None,
                headers if redirects == 0 or trusted else None,
            ):
                sent.update({name.lower(): value for name, value in (source or {}).items()})
            answer, merged, content = self._exchange(verb, address, sent, body, timeout_ms)
            shared.cookies.extract_cookies(answer, ask)
            location = merged.get("location")
            if redirect == "manual" or location is None or answer.status not in REDIRECTS:
                return Response(verb, address, answer.status, merged, content, (_monotonic() - started) * 1000)
            address = urllib.parse.urljoin(address, location)
            if answer.status == 303 or (answer.status < 303 and verb == "POST"):
                verb, body, kind = "HEAD" if verb == "HEAD" else "GET", None, None
        raise AssertionFailure(f"{method} {path} was redirected more than {MOST_REDIRECTS} times, at last to {address}")

    def _exchange(self, method, address, headers, body, timeout_ms):
        started, shared = _monotonic(), self._shared
        record = {"method": method, "url": address, "status": None, "durationMs": 0}
        if body is not None:
            record["requestBody"] = _body_shown(body)

        def elapsed():
            return round((_monotonic() - started) * 1000, 2)

        def retried():
            said = "the kept connection was closed by the server; sent again on a new one"
            shared.remember({**record, "durationMs": elapsed(), "error": said})

        try:
            answer, merged, content = _exchange(method, address, headers, body, timeout_ms, retried)
        except (NetworkError, RequestTimeout) as error:
            shared.remember({**record, "durationMs": elapsed(), "error": error.code})
            raise
        except TestTimeout:
            shared.remember({**record, "durationMs": elapsed(), "error": INTERRUPTED})
            raise
        done = {**record, "status": answer.status, "durationMs": elapsed()}
        asked = _retry_after_seconds(merged.get("retry-after"))
        if asked is not None:
            done["retryAfterSeconds"] = asked
        if content:
            done["responseBody"] = _body_shown(content)
        shared.remember(done)
        return answer, merged, content

    def login(self, path, *, token_path=None, **options):
        """POSTs to a login endpoint, asserts success and sends its token from now on; a cookie alone is fine."""
        response = self.post(path, **options)
        self.assert_ok(response)
        try:
            body = json.loads(response.text)
        except ValueError:
            body = None

        def read(steps):
            value = body
            for step in steps:
                value = value.get(step) if isinstance(value, dict) else None
            return value if isinstance(value, str) and value else None

        paths = [token_path.split(".")] if token_path else [[n] for n in TOKEN_NAMES] + [["data", n] for n in TOKEN_NAMES]
        token = next((found for found in map(read, paths) if found), None)
        if token:
            self.auth.bearer(token)
        elif token_path or "set-cookie" not in response.headers:
            where = f" at {token_path}" if token_path else "; say where it stands with token_path"
            raise AssertionFailure(
                f"{response.method} {response.url} answered without a token{where}",
                expected=token_path or " or ".join(TOKEN_NAMES), actual=shorten(response.text), failure_class="authentication",
            )
        return response

    def assert_status(self, response, status):
        wanted = [status] if isinstance(status, int) else list(status)
        if response.status not in wanted:
            self._wrong_status(response, " or ".join(map(str, wanted)))

    def assert_ok(self, response):
        if not response.ok:
            self._wrong_status(response, "200 to 299")

    def _wrong_status(self, response, wanted):
        body = f": {shorten(response.text)}" if response.text else ""
        raise AssertionFailure(
            f"{response.method} {response.url} answered {response.status}, expected {wanted}{body}",
            expected=wanted, actual=response.status, http_status=response.status, failure_class=class_of_status(response.status),
        )

    def assert_json(self, response, expected, exact=False):
        """Objects may have further keys unless `exact`; arrays must have the same length; a type such as `int` stands for any value of it."""
        actual = response.json()
        found = _mismatch(actual, expected, exact, "$")
        if found:
            path, wanted, got = found
            raise AssertionFailure(
                f"{response.method} {response.url}: {path} is {shown(got) if got is not _ABSENT else 'nothing'}, "
                f"expected {_name(wanted) if wanted is not _ABSENT else 'nothing'}",
                expected=expected, actual=actual, http_status=response.status,
                failure_class="server" if response.status >= 500 else "assertion",
            )

    def assert_header(self, response, name, expected=None):
        """The header is there; with `expected`, equal to a text or found by a compiled pattern."""
        actual = response.headers.get(name.lower())
        if actual is not None and (expected is None or (expected.search(actual) if isinstance(expected, re.Pattern) else actual == expected)):
            return
        wanted = "to be there" if expected is None else f"to be {getattr(expected, 'pattern', expected)}"
        got = "none" if actual is None else f"'{actual}'"
        raise AssertionFailure(
            f"{response.method} {response.url}: expected header {name} {wanted}, got {got}",
            expected=getattr(expected, "pattern", expected) or name, actual=actual, http_status=response.status,
        )

    def assert_schema(self, subject, schema):
        """A response's JSON, or any value, keeps a schema. A subset of JSON Schema, see `_violations`; an unknown rule is an error."""
        value = subject.json() if isinstance(subject, Response) else subject
        found = list(_violations(value, schema, "$"))
        if found:
            more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
            prefix = f"{subject.method} {subject.url}: " if isinstance(subject, Response) else ""
            raise AssertionFailure(f"{prefix}the body breaks its schema: {'; '.join(found[:3])}{more}", expected=schema, actual=value)

    def wait_for(self, condition, timeout_ms=5000, interval_ms=100, message=None):
        """Calls `condition` until it gives something true, and gives that. An error counts as 'not yet'."""
        deadline, tries, last, cause = _monotonic() + timeout_ms / 1000, 0, "the first try never came back", None
        while True:
            tries += 1
            try:
                value = condition()
                if value:
                    return value
                last, cause = f"the last value was {shown(value)}", None
            except Exception as error:  # noqa: BLE001 - whatever a try throws means 'not yet'
                last, cause = f"the last try failed: {error}", error
            if _monotonic() + interval_ms / 1000 >= deadline:
                break
            _sleep(interval_ms / 1000)
        raise AssertionFailure(
            f"waited {timeout_ms} ms for {message or 'a condition'} ({tries} {'try' if tries == 1 else 'tries'}); {last}",
            expected=message or "a true value", actual=last, **_cause_of(cause),
        )

    def expect(self, value):
        return Expectation(value)


def _cause_of(error):
    """What the last try failed of is what the waiting failed of: nobody there, a status, a call that was written wrongly."""
    if isinstance(error, (NetworkError, RequestTimeout)):
        return {"failure_class": error.failure_class, "code": error.code, "url": error.url}
    if isinstance(error, (AssertionFailure, PageUsageError)):
        return {"failure_class": error.failure_class}
    for _ in range(5):
        if isinstance(error, (ConnectionError, socket.gaierror)):
            return {"failure_class": "network", "code": _errno_name(error)}
        # urllib keeps the errno's error as a reason, others as a cause.
        reason = getattr(error, "reason", None)
        error = reason if isinstance(reason, Exception) else getattr(error, "__cause__", None) or getattr(error, "__context__", None)
    return {}


_ABSENT = object()


def _name(value):
    return value.__name__ if isinstance(value, type) else shown(value)


def _mismatch(actual, expected, exact, path):
    if isinstance(expected, type):
        fits = isinstance(actual, expected) and (expected is bool or not isinstance(actual, bool))
        return None if fits else (path, expected, actual)
    if isinstance(expected, re.Pattern):
        return None if isinstance(actual, str) and expected.search(actual) else (path, expected.pattern, actual)
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            return path, expected, actual
        for key, value in expected.items():
            if key not in actual:
                return f"{path}.{key}", value, _ABSENT
            found = _mismatch(actual[key], value, exact, f"{path}.{key}")
            if found:
                return found
        extra = next((key for key in actual if key not in expected), None) if exact else None
        return None if extra is None else (f"{path}.{extra}", _ABSENT, actual[extra])
    if isinstance(expected, (list, tuple)):
        if not isinstance(actual, list):
            return path, expected, actual
        if len(actual) != len(expected):
            return f"{path}.length", len(expected), len(actual)
        for i, value in enumerate(expected):
            found = _mismatch(actual[i], value, exact, f"{path}[{i}]")
            if found:
                return found
        return None
    same = actual == expected and isinstance(actual, bool) == isinstance(expected, bool)
    return None if same else (path, expected, actual)


_TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "integer": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool) and float(v).is_integer(),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
}
_NOTES = {"$schema", "$id", "$comment", "title", "description", "default", "examples", "format", "deprecated", "readOnly", "writeOnly"}


def _violations(value, schema, path):
    """type, enum, const, properties, required, additionalProperties, items, min/max*, pattern, allOf, anyOf, oneOf, not. `format` is not checked."""
    if schema is True:
        return
    if schema is False:
        yield f"{path} must not be there"
        return
    for rule, wanted in schema.items():
        if rule in _NOTES:
            continue
        if rule == "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            if not any(_TYPES[kind](value) for kind in kinds):
                yield f"{path} must be {' or '.join(kinds)}"
        elif rule == "enum":
            if value not in wanted:
                yield f"{path} must be one of {shown(wanted)}"
        elif rule == "const":
            if value != wanted:
                yield f"{path} must be {shown(wanted)}"
        elif rule == "required":
            if isinstance(value, dict):
                yield from (f"{path} must have {key}" for key in wanted if key not in value)
        elif rule == "properties":
            if isinstance(value, dict):
                for key, part in wanted.items():
                    if key in value:
                        yield from _violations(value[key], part, f"{path}.{key}")
        elif rule == "additionalProperties":
            if isinstance(value, dict):
                for key in value.keys() - schema.get("properties", {}).keys():
                    if wanted is False:
                        yield f"{path} must not have {key}"
                    else:
                        yield from _violations(value[key], wanted, f"{path}.{key}")
        elif rule == "items":
            if isinstance(value, list):
                for i, item in enumerate(value):
                    yield from _violations(item, wanted, f"{path}[{i}]")
        elif rule in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
            if _TYPES["number"](value):
                holds = {"minimum": value >= wanted, "maximum": value <= wanted, "exclusiveMinimum": value > wanted, "exclusiveMaximum": value < wanted}
                if not holds[rule]:
                    yield f"{path} breaks {rule} {wanted}"
        elif rule in ("minLength", "maxLength", "minItems", "maxItems"):
            if isinstance(value, str if rule.endswith("Length") else list):
                if (len(value) < wanted) if rule.startswith("min") else (len(value) > wanted):
                    yield f"{path} breaks {rule} {wanted}"
        elif rule == "pattern":
            if isinstance(value, str) and not re.search(wanted, value):
                yield f"{path} must match {wanted}"
        elif rule == "allOf":
            for part in wanted:
                yield from _violations(value, part, path)
        elif rule in ("anyOf", "oneOf"):
            fitting = sum(not any(True for _ in _violations(value, part, path)) for part in wanted)
            if fitting == 0 or (rule == "oneOf" and fitting > 1):
                yield f"{path} must keep {'exactly one' if rule == 'oneOf' else 'one'} of its {len(wanted)} schemas, keeps {fitting}"
        elif rule == "not":
            if not any(True for _ in _violations(value, wanted, path)):
                yield f"{path} keeps a schema that it must not keep"
        else:
            raise PageUsageError(f"assert_schema of Python modules does not know the rule '{rule}': use the TypeScript module for it, or leave it out")


class Expectation:
    def __init__(self, value, negated=False):
        self._value, self._negated = value, negated

    @property
    def not_(self):
        return Expectation(self._value, not self._negated)

    def _judge(self, holds, verb, expected=None):
        if bool(holds) == self._negated:
            wanted = "" if expected is None else f" {_name(expected)}"
            raise AssertionFailure(
                f"expected {shown(self._value)} {'not ' if self._negated else ''}{verb}{wanted}", expected=expected, actual=self._value
            )

    def to_be(self, expected):
        self._judge(self._value is expected or (self._value == expected and type(self._value) is type(expected)), "to be", expected)

    def to_equal(self, expected):
        self._judge(self._value == expected, "to equal", expected)

    def to_contain(self, expected):
        self._judge(expected in self._value, "to contain", expected)

    def to_match(self, pattern):
        self._judge(re.search(pattern, self._value), "to match", getattr(pattern, "pattern", pattern))

    def to_have_length(self, expected):
        self._judge(len(self._value) == expected, "to have the length", expected)

    def to_be_truthy(self):
        self._judge(self._value, "to be truthy")

    def to_be_falsy(self):
        self._judge(not self._value, "to be falsy")

    def to_be_none(self):
        self._judge(self._value is None, "to be None")

    def to_be_greater_than(self, expected):
        self._judge(self._value > expected, "to be greater than", expected)

    def to_be_less_than(self, expected):
        self._judge(self._value < expected, "to be less than", expected)

    def to_be_close_to(self, expected, within=0.005):
        self._judge(abs(self._value - expected) <= within, "to be close to", expected)

    def to_be_instance_of(self, expected):
        self._judge(isinstance(self._value, expected), "to be an instance of", expected)


# --- the process ---


class _Log:
    """Stands for stdout and stderr; lines become log frames within the bounds of a test."""

    encoding = "utf-8"

    def __init__(self, send, masker):
        self._send, self._masker = send, masker
        self.reset()

    def reset(self):
        self._open, self._lines, self._bytes = "", 0, 0

    def write(self, text):
        *lines, self._open = (self._open + text).split("\n")
        if len(self._open) > MOST_LOG_BYTES:
            lines.append(self._open[:MOST_LOG_BYTES])
            self._open = ""
        for line in lines:
            if self._lines > MOST_LOG_LINES or self._bytes > MOST_LOG_BYTES:
                return len(text)
            self._lines += 1
            self._bytes += len(line)
            over = self._lines > MOST_LOG_LINES or self._bytes > MOST_LOG_BYTES
            self._send({"type": "log", "line": "(more output was cut)" if over else self._masker.mask(line)})
        return len(text)

    def finish(self):
        if self._open:
            self.write("\n")

    def flush(self):
        pass

    def isatty(self):
        return False

    def writable(self):
        return True


# --- conditions ---


class _OverlaidLoader(importlib.machinery.SourceFileLoader):
    """Loads a module from its proposed text; byte code that is kept of the file's own text says nothing about it."""

    def __init__(self, name, path, overlay):
        super().__init__(name, path)
        self._overlay = overlay

    def get_data(self, path):
        text = self._overlay.text(path)
        return super().get_data(path) if text is None else text

    def path_stats(self, path):
        raise OSError("a proposed text has no file")


class _Overlay:
    """Files of the project that are seen with another text, as test modules, as what these import, and in stacks."""

    def __init__(self, holders):
        self._texts = {}
        for path, holder in holders.items():
            with open(holder, "rb") as file:
                text = self._texts[os.path.realpath(path)] = file.read()
            try:
                lines = importlib.util.decode_source(text).splitlines(True)
            except (SyntaxError, UnicodeDecodeError):
                continue
            # Without a time, so that it is never held against the file.
            linecache.cache[path] = (len(text), None, lines, path)
        if self._texts:
            sys.meta_path.insert(0, self)

    def text(self, path):
        return self._texts.get(os.path.realpath(path)) if self._texts else None

    def find_spec(self, name, path=None, target=None):
        for folder in sys.path if path is None else path:
            base = os.path.join(folder or os.getcwd(), name.rpartition(".")[2])
            for file, inside in ((os.path.join(base, "__init__.py"), [base]), (f"{base}.py", None)):
                if self.text(file) is not None:
                    loader = _OverlaidLoader(name, file, self)
                    return importlib.util.spec_from_file_location(name, file, loader=loader, submodule_search_locations=inside)
                if os.path.exists(file):
                    return None
        return None


def _shift_clock(instant):
    """Gives the process a time of day of its own. Returns what lets it stand at the instant and run on; timers keep the machine's."""
    import datetime as dates

    real = types.SimpleNamespace(**vars(time))
    real_date, real_datetime = dates.date, dates.datetime
    start = real_datetime.fromisoformat(instant.replace("Z", "+00:00")).timestamp()
    offset = [0.0, 0]
    # Cookies expire by the time that it is: a test that moves its clock must not lose its login by it.
    http.cookiejar.time = real

    def begin():
        offset[0] = start - real.time()
        offset[1] = round(offset[0] * 1e9)

    def now():
        return real.time() + offset[0]

    def shown(name, convert):
        def function(*given):
            return convert(*given) if given and given[0] is not None else convert(now())

        function.__name__ = name
        setattr(time, name, function)

    def patch(function):
        setattr(time, function.__name__, function)

    for name in ("localtime", "gmtime", "ctime"):
        shown(name, getattr(real, name))

    @patch
    def time_ns():
        return real.time_ns() + offset[1]

    @patch
    def asctime(*given):
        return real.asctime(*(given or (time.localtime(),)))

    @patch
    def strftime(form, *given):
        return real.strftime(form, *(given or (time.localtime(),)))

    @patch
    def clock_gettime(clock):
        return now() if clock == real.CLOCK_REALTIME else real.clock_gettime(clock)

    @patch
    def clock_gettime_ns(clock):
        return real.clock_gettime_ns(clock) + (offset[1] if clock == real.CLOCK_REALTIME else 0)

    def seconds():
        return now()

    seconds.__name__ = "time"
    time.time = seconds

    class Kind(type):
        """Dates made before and after are of one kind."""

        def __instancecheck__(cls, value):
            return isinstance(value, originals[cls]) if cls in originals else type.__instancecheck__(cls, value)

        def __subclasscheck__(cls, kind):
            return issubclass(kind, originals[cls]) if cls in originals else type.__subclasscheck__(cls, kind)

    class date(real_date, metaclass=Kind):
        @classmethod
        def today(cls):
            return cls.fromtimestamp(now())

    class datetime(real_datetime, metaclass=Kind):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(now(), tz)

        @classmethod
        def today(cls):
            return cls.fromtimestamp(now())

        @classmethod
        def utcnow(cls):
            return cls.fromtimestamp(now(), dates.timezone.utc).replace(tzinfo=None)

    originals = {date: real_date, datetime: real_datetime}
    for kind in originals:
        kind.__module__, kind.__qualname__ = "datetime", kind.__name__
        setattr(dates, kind.__name__, kind)
    begin()
    return begin


def _conditions(setup):
    """Brings about what the session asks of this process. Returns what each test begins with."""
    zone = setup.get("timeZone")
    if zone and time.localtime(zone["at"]).tm_gmtoff != zone["offsetSeconds"]:
        sys.exit(f"the Python of this machine does not know the time zone {zone['name']}")
    begin_clock = _shift_clock(setup["clock"]) if "clock" in setup else None

    def begin():
        if begin_clock:
            begin_clock()
        if "randomSeed" in setup:
            random.seed(setup["randomSeed"])

    return _Overlay(setup.get("overlay", {})), begin


def _state():
    """What tests of one process share."""
    patched = [
        (module.__name__, name, value)
        for module in (builtins, time, random, socket, http.client, json, os, urllib.request, asyncio)
        for name, value in vars(module).items()
        if callable(value) or name == "environ"
    ]
    return {
        "the environment": dict(os.environ),
        "the working directory": os.getcwd(),
        "sys.path": list(sys.path),
        "a signal handler": [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)],
        "a function of the standard library": patched,
    }


def _left_behind(before, ran):
    now = _state()
    for what, value in before.items():
        if now[what] != value:
            return f"it changed {what}"
    if threading.active_count() > 2:
        return "it left a thread running"
    if ran >= MOST_TESTS:
        return f"the process has run {ran} tests"
    return None


class _Project:
    def __init__(self, root):
        self._root = os.path.realpath(root)

    def inside(self, path):
        path = os.path.realpath(path)
        return path.startswith(self._root + os.sep) and not re.search(r"/(site-packages|dist-packages|\.?venv)/", path)

    def relative(self, path):
        path = os.path.realpath(path)
        return path[len(self._root) + 1:] if path.startswith(self._root + os.sep) else path

    def forget_modules(self):
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if file and name != "__main__" and self.inside(file):
                del sys.modules[name]
        importlib.invalidate_caches()


def _source(path, overlay):
    text = overlay.text(path)
    if text is not None:
        return text
    with open(path, "rb") as file:
        return file.read()


def _run_module(path, overlay):
    """A fresh namespace for each test."""
    code = compile(_source(path, overlay), path, "exec", dont_inherit=True)
    module = types.ModuleType("testimony_module")
    module.__file__ = path
    sys.modules[module.__name__] = module
    exec(code, module.__dict__)
    run = module.__dict__.get("run")
    if not callable(run):
        raise PageUsageError("the module has no function run(page): add `def run(page):`")
    return run


def _last_answered(requests):
    """The latest request, or the one before it where the end of the test only just interrupted the latest."""
    answered = [r for r in requests[-2:] if r.get("error") != INTERRUPTED or r["durationMs"] >= HANGS_MS]
    return answered[-1] if answered else {}


def _text(value):
    return value if isinstance(value, str) else shown(value)


def _failure(error, project, mask, file):
    frames = [f for f in traceback.extract_tb(error.__traceback__) if project.inside(f.filename)]
    place = frames[-1] if frames else None
    if isinstance(error, SyntaxError) and error.filename and project.inside(error.filename):
        place = types.SimpleNamespace(filename=error.filename, lineno=error.lineno or 1, name="", line=error.text)
    said = str(error)
    kind = getattr(error, "failure_class", None)
    if isinstance(error, TestTimeout):
        kind = "timeout"
    elif isinstance(error, SystemExit):
        kind, said = "other", f"the test called sys.exit({error.code!r})"
    elif isinstance(error, AssertionError):
        kind = kind or "assertion"
        line = linecache.getline(place.filename, place.lineno).strip() if place and not said else ""
        said = said or f"{line or 'an assert'} does not hold"
    elif kind is None:
        names = {k.__name__ for k in type(error).__mro__}
        if isinstance(error, (TimeoutError, socket.timeout)):
            kind = "timeout"
        elif isinstance(error, (ConnectionError, socket.gaierror)) or "URLError" in names:
            kind = "network"
        else:
            kind = "database" if names & {"DatabaseError", "OperationalError", "IntegrityError"} else "other"
    if kind == "other" and not isinstance(error, (PageUsageError, SystemExit)):
        said = f"{type(error).__name__}: {said}" if said else type(error).__name__
    stack = [f"{type(error).__name__}: {said}"]
    stack += [f"    at {f.name} ({project.relative(f.filename)}:{f.lineno})" for f in reversed(frames)]
    failure = {"class": kind, "message": mask(said.strip().split("\n")[0])[:4000], "stack": mask("\n".join(stack))[:8000]}
    code = getattr(error, "code", None) if not isinstance(error, SystemExit) else None
    if code is None and isinstance(error, OSError):
        code = _errno_name(error)
    if isinstance(code, str):
        failure["code"] = code
    if isinstance(error, AssertionFailure):
        for key in ("expected", "actual"):
            if getattr(error, key) is not None:
                failure[key] = mask(_text(getattr(error, key)))[:4000]
    failure["file"] = project.relative(place.filename) if place else file
    if place:
        failure["line"] = place.lineno
    return failure


def _orders(stream, into):
    """In a thread of its own, so that the end of the parent ends this process whatever a test does."""
    for line in stream:
        if line.strip():
            for test in json.loads(line)["run"]:
                into.put(test)
    os.killpg(0, signal.SIGKILL)


def main():
    stdin = os.fdopen(0, "r", encoding="utf-8", closefd=False)
    setup = json.loads(stdin.readline())
    overlay, begin = _conditions(setup)
    send = (lambda nonce, write: lambda frame: write(FRAME_FD, f"\n{nonce} {_dumps(frame)}\n".encode()))(setup.pop("nonce"), _write_all)
    project = _Project(setup["root"])
    log = _Log(send, Masker(setup["secrets"], setup["secretShapes"]))
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = log
    waiting = queue.Queue()
    threading.Thread(target=_orders, args=(stdin, waiting), daemon=True).start()

    def on_alarm(_signal, _frame):
        raise TestTimeout()

    signal.signal(signal.SIGALRM, on_alarm)
    base_path = list(sys.path)
    before, ran = _state(), 0
    send({"type": "ready"})
    while True:
        test = waiting.get()
        ran += 1
        log.reset()
        path = os.path.join(setup["root"], test["file"])
        folder = os.path.dirname(path)
        sys.path[:] = [folder, os.path.dirname(folder), setup["root"], *base_path[1:]]
        masker = Masker(setup["secrets"], setup["secretShapes"])
        log._masker = masker
        page = Page(test["service"], _Shared(setup["services"], masker))
        started_at, started, failure, unanswered = _time(), _monotonic(), None, None
        begin()
        try:
            signal.setitimer(signal.ITIMER_REAL, test["timeoutMs"] / 1000)
            try:
                result = _run_module(path, overlay)(page)
                if inspect.isawaitable(result):
                    asyncio.run(_awaited(result))
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except TestTimeout as error:
            failure = _failure(error, project, masker.mask, test["file"])
            failure["message"] = f"the test did not end within {test['timeoutMs']} ms"
            last = _last_answered(page.requests)
            if last.get("status") is None and last.get("error") in MET_NOBODY:
                failure.update({"class": "network", "code": last["error"]})
                failure["message"] += f"; its last request got no answer: {last['error']}"
                unanswered = last["url"]
        except BaseException as error:  # noqa: BLE001 - whatever ends a test is its result
            failure = _failure(error, project, masker.mask, test["file"])
            unanswered = getattr(error, "url", None)
        duration = round((_monotonic() - started) * 1000, 2)
        log.finish()
        project.forget_modules()
        sys.modules.pop("testimony_module", None)
        sys.path[:] = base_path
        left = "it failed" if failure else _left_behind(before, ran)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(started_at)) + f".{int(started_at * 1000) % 1000:03d}Z"
        frame = {
            "type": "done", "index": test["index"], "outcome": "failed" if failure else "passed",
            "startedAt": stamp, "durationMs": duration, "requests": page.requests,
        }
        if failure:
            frame["failure"] = failure
        if isinstance(unanswered, str):
            frame["unanswered"] = unanswered
        if left:
            frame["leftBehind"] = left
        send(frame)


async def _awaited(result):
    return await result


def _write_all(fd, data):
    while data:
        data = data[_write(fd, data):]


if __name__ == "__main__":
    main()
