import asyncio
import io
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import structlog

from priorbus.contracts.envelope import Envelope
from priorbus.runtime import logs, settings

PHI = "Ada Probe 1980-02-29"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    output = io.BytesIO()
    logs.configure("test", "INFO", output)
    yield lambda: [orjson.loads(line) for line in output.getvalue().splitlines()]
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def fail() -> None:
    raise ValueError(PHI)


def test_a_line_is_json_with_service_level_and_time(lines: Lines) -> None:
    structlog.get_logger().info("done", count=3)
    (line,) = lines()
    assert (line["event"], line["level"], line["service"], line["count"]) == ("done", "info", "test", 3)
    assert line["timestamp"].endswith("Z")


def test_keys_off_the_list_are_dropped_and_named(lines: Lines) -> None:
    structlog.get_logger().warning("done", body=PHI, answers={"patient.firstName": PHI}, authorization_id="auth_1")
    (line,) = lines()
    assert PHI not in str(line)
    assert (line["dropped_keys"], line["authorization_id"]) == (["answers", "body"], "auth_1")


def test_exceptions_show_kinds_and_places_but_no_text_no_class_and_no_stack(lines: Lines) -> None:
    try:
        try:
            fail()
        except ValueError as error:
            raise KeyError(PHI) from error
    except KeyError as error:
        structlog.get_logger().error("failed", error=error)
        structlog.get_logger().exception("failed")
    for line in lines():
        assert PHI not in str(line)
        assert (line["error"]["kind"], line["error"]["cause"]["kind"]) == ("key", "value")
        path, _, number = line["error"]["cause"]["at"].partition(":")
        assert (path.rpartition("/")[2], number) == ("test_logs.py", str(fail.__code__.co_firstlineno + 1))
        assert not re.search(r"Error|Traceback|stack|fail\b", str(line))


def test_the_place_is_the_innermost_one_of_our_own(lines: Lines) -> None:
    try:
        orjson.loads(b"{")
    except ValueError as error:
        structlog.get_logger().error("failed", error=error)
    try:
        settings.load_settings(settings.MongoSettings)
    except settings.InvalidSettings as error:
        structlog.get_logger().error("failed", error=error)
    foreign, own = lines()
    assert foreign["error"]["at"].rpartition("/")[2].startswith("test_logs.py:")
    assert own["error"]["at"].startswith("priorbus/runtime/settings.py:")


def test_members_of_exception_groups_are_shown(lines: Lines) -> None:
    structlog.get_logger().error("failed", error=ExceptionGroup("g", [ValueError(PHI), KeyError(PHI)]))
    (line,) = lines()
    assert [member["kind"] for member in line["error"]["errors"]] == ["value", "key"]


def test_the_name_of_an_error_may_be_given_but_no_text(lines: Lines) -> None:
    structlog.get_logger().warning("waits", error="StoreUnavailable")
    structlog.get_logger().warning("waits", error=f"bad value {PHI}")
    named, texted = lines()
    assert named["error"] == "store_unavailable"
    assert "error" not in texted


def test_libraries_log_from_warning_without_arguments(lines: Lines) -> None:
    logging.getLogger("lib").info("not shown")
    logging.getLogger("lib").warning("failed for %s", PHI)
    logging.getLogger("lib").error("several lines\n%s", PHI)
    logging.getLogger("lib").error("DuplicateKeyError in RabbitMQ of BaseConnection.run()")
    first, second, third = lines()
    assert (first["event"], first["logger"], first["level"]) == ("failed for %s", "lib", "warning")
    assert second["event"] == "several lines"
    assert third["event"] == "duplicate_key in RabbitMQ of base_connection.run()"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("DuplicateKeyError", "duplicate_key"),
        ("pymongo.errors.AutoReconnect", "auto_reconnect"),
        ("AMQPConnectionError", "amqp_connection"),
        ("HTTPException", "http"),
        ("TimeoutError", "timeout"),
        ("Conflict", "conflict"),
    ],
)
def test_a_kind_is_the_name_in_words(name: str, kind: str) -> None:
    assert logs.kind_of(name) == kind


async def test_an_exception_nobody_awaited_is_shown_without_its_text(lines: Lines) -> None:
    async def lost() -> None:
        fail()

    task = asyncio.create_task(lost())
    await asyncio.wait({task})
    context = {"message": "Task exception was never retrieved", "exception": task.exception(), "future": task}
    asyncio.get_running_loop().call_exception_handler(context)
    (line,) = lines()
    assert PHI not in str(line)
    assert line["error"]["kind"] == "value"


def test_the_message_in_hand_is_on_every_line(lines: Lines) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    envelope = Envelope(
        id="cmd_1", type="x.do", time=datetime.now(UTC), tenant="t_a", data={"name": PHI}, request_id="req_1", traceparent=trace
    )
    with logs.message_context(envelope):
        structlog.get_logger().info("within")
    structlog.get_logger().info("after")
    within, after = lines()
    assert (within["message_id"], within["message_type"], within["tenant"], within["request_id"]) == ("cmd_1", "x.do", "t_a", "req_1")
    assert within["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert "message_id" not in after


def test_a_trace_id_is_only_taken_from_a_traceparent() -> None:
    assert logs.trace_id("") == ""
    assert logs.trace_id("garbage") == ""
