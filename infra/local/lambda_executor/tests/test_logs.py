"""What ends up in an invocation's logs."""

import re
import time

from lambda_process_executor.logs import LIMIT, LogBuffer

from .conftest import Start


def test_logs_hold_lambdas_lines_and_the_functions_output(start: Start) -> None:
    running = start(
        """
        import logging, os, sys
        print("loading")
        def handler(event, context):
            print("to stdout")
            print("to stderr", file=sys.stderr)
            logging.warning("a warning")
            os.system("echo from a shell")
            sys.stdout.write("no newline")
        """
    )
    logs = running.invoke(request_id="log-1").logs
    assert re.fullmatch(
        "loading\n"
        r"START RequestId: log-1 Version: \$LATEST\n"
        "to stdout\nto stderr\n"
        r"\[WARNING\]\t[-\dT:.]+Z\tlog-1\ta warning\n"
        "from a shell\nno newline\n"
        "END RequestId: log-1\n"
        r"REPORT RequestId: log-1\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 256 MB\tMax Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\n",
        logs,
    )
    again = running.invoke(request_id="log-2").logs
    assert again.startswith("START RequestId: log-2")
    assert "Init Duration" not in again
    assert "log-1" not in again


def test_every_line_written_before_the_answer_is_there(start: Start) -> None:
    running = start(
        """
        def handler(event, context):
            for i in range(200): print(f"<{event}-{i}>" + "x" * 200)
        """
    )
    for event in range(50):
        logs = running.invoke(event).logs
        assert logs.count(f"<{event}-") == 200
        assert f"<{event}-199>" in logs


def test_output_after_the_answer_belongs_to_the_next_invocation(start: Start) -> None:
    running = start(
        """
        import threading, time
        def late():
            time.sleep(0.3)
            print("late")
        def handler(event, context):
            if event: threading.Thread(target=late).start()
        """
    )
    assert "late" not in running.invoke(1).logs
    time.sleep(0.6)
    assert running.executor.get_logs() == "late\n"
    assert running.invoke(0).logs.startswith("late\nSTART")


def test_a_flood_neither_blocks_the_function_nor_fills_the_memory(start: Start) -> None:
    running = start(
        """
        def handler(event, context):
            for i in range(200_000): print(f"line {i} " + "x" * 90)
            return "done"
        """
    )
    answer = running.invoke()
    assert answer.value == "done"
    assert len(answer.logs) < LIMIT + 1000
    assert "bytes of log output left out here]" in answer.logs
    assert "line 0 " in answer.logs
    assert "line 199999 " in answer.logs


def test_a_flood_while_idle_is_bounded_as_well(start: Start) -> None:
    running = start(
        """
        import threading
        def flood():
            for _ in range(50_000): print("y" * 99)
        def handler(event, context):
            if event: threading.Thread(target=flood).start()
        """
    )
    running.invoke(1)
    time.sleep(2)
    assert len(running.invoke(0).logs) < LIMIT + 1000


def test_the_buffer_leaves_out_the_middle_and_says_how_much() -> None:
    buffer = LogBuffer()
    total = 0
    for number in range(40_000):
        line = f"{number:06d} {'z' * 92}\n".encode()
        total += len(line)
        buffer.write(line)
    text = buffer.take()
    left_out = re.search(r"\[(\d+) bytes of log output left out here\]", text)
    assert left_out
    assert text.startswith("000000 ")
    assert text.endswith("z\n")
    assert int(left_out[1]) == total - LIMIT
    assert buffer.take() == ""


def test_bytes_that_are_no_text_are_replaced() -> None:
    buffer = LogBuffer()
    buffer.write(b"\xff\xfe ok\n")
    assert buffer.take() == "\ufffd\ufffd ok\n"
