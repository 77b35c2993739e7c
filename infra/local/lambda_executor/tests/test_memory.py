"""The memory limit holds for the function and all it starts."""

from .conftest import Start

HUNGRY = """
    import os, subprocess, sys, time
    CODE = "import time; block = bytearray({size}); time.sleep(30)"
    shared = bytearray()
    def handler(event, context):
        global shared
        how, megabytes = event
        size = megabytes * 1024 * 1024
        if how == "itself":
            block = bytearray(size)
            time.sleep(2)
        elif how == "children":
            children = [
                subprocess.Popen([sys.executable, "-S", "-c", CODE.format(size=size)])
                for _ in range(3)
            ]
            time.sleep(5)
        elif how == "forks":
            shared = bytearray(b"x") * size
            pid = os.fork()
            if not pid:
                time.sleep(1)
                os._exit(0)
            os.waitpid(pid, 0)
        return how
    """


def test_a_function_over_its_memory_is_killed_and_reported(start: Start) -> None:
    running = start(HUNGRY, memory_mb=128)
    answer = running.invoke(["itself", 200], request_id="hungry-1")
    assert answer.is_error
    assert answer.value == {
        "errorType": "Runtime.OutOfMemory",
        "errorMessage": "RequestId: hungry-1 Error: Runtime exited with error: signal: killed",
    }
    assert "Max Memory Used: 128 MB" in answer.logs
    assert "Error Type: Runtime.OutOfMemory" in answer.logs
    assert running.invoke(["itself", 1]).value == "itself"


def test_what_its_children_use_counts(start: Start) -> None:
    answer = start(HUNGRY, memory_mb=192).invoke(["children", 80])
    assert answer.value["errorType"] == "Runtime.OutOfMemory"


def test_memory_shared_with_a_fork_counts_once(start: Start) -> None:
    assert start(HUNGRY, memory_mb=160).invoke(["forks", 90]).value == "forks"


def test_memory_used_while_loading_counts(start: Start) -> None:
    running = start("import time; block = bytearray(300 << 20); time.sleep(2)", memory_mb=128)
    assert running.invoke().value["errorType"] == "Runtime.OutOfMemory"
