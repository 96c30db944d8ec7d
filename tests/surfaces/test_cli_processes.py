"""The command as a process: interrupts, pipes, terminals, and worker processes that leave nothing behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def heard():
    """What a shell starts in the background, as CI may be, ignores interrupts, and so does what that starts in turn."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def process(*arguments, **options):
    """Start the command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "mvn_symbolic", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.mark.slow
@pytest.mark.usefixtures("heard")
def test_an_interrupt_ends_all_processes_with_one_line():
    running = process("build", "--check", start_new_session=True)
    assert running.stderr.readline(), "it ended before it said anything"
    os.killpg(running.pid, signal.SIGINT)
    out, error = running.communicate(timeout=60)
    assert running.returncode == 130, error
    assert not out
    assert error.splitlines()[-1] == "Interrupted."
    assert "Traceback" not in error
    for _ in range(100):
        try:
            os.killpg(running.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("a process was left behind")


WORKERS = """
import os, time
from mvn_symbolic.surfaces import lanes as processes
os.cpu_count = lambda: 2
try:
    with processes.workers(2) as lanes:
        assert len({lane.submit(os.getpid).result() for lane in lanes}) == 2
        lanes[0].submit(print, "noise").result()
    with processes.workers(2, shared=True) as (lane,):
        long = lane.submit(time.sleep, 600)
        lane.submit(os.getpid).result(timeout=300)  # there is a second process, which is free
        print("ready", flush=True)
        long.result()
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("send", [os.killpg, os.kill], ids=["to all, as a terminal does", "to the parent alone"])
def test_worker_processes_keep_off_stdout_and_die_without_a_word(send):
    running = subprocess.Popen(
        [sys.executable, "-c", WORKERS],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stdout.readline() == "ready\n"
    send(running.pid, signal.SIGINT)
    try:
        out, error = running.communicate(timeout=60)  # the work in hand would take ten times as long
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()  # else a later test is told of it
    assert out == "interrupted\n"
    assert error.replace("noise\n", "") == ""


def test_a_reader_that_goes_away_is_no_news():
    running = process("derive", "reparameterization")
    running.stdout.close()
    with running.stderr:
        error = running.stderr.read()
    assert running.wait(timeout=60) != 0
    assert [line for line in error.splitlines() if not line.startswith("derived ")] == []


def test_stdout_is_json_and_stderr_has_no_codes_without_a_terminal():
    running = process("verify", "entropy", "--json", env=os.environ | {"FORCE_COLOR": ""})
    out, error = running.communicate(timeout=60)
    assert json.loads(out)["refuted"] == 0
    assert "\x1b" not in error


@pytest.mark.parametrize("plain", [False, True])
def test_a_terminal_gets_a_bar_and_no_colour_if_it_wants_none(plain):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    env = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    env |= {"TERM": "xterm-256color", "COLUMNS": "120"} | ({"NO_COLOR": "1"} if plain else {})
    command = [sys.executable, "-m", "mvn_symbolic", "verify", "reparameterization"]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=theirs, env=env)
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(ours)
    assert running.wait(timeout=60) == 0
    assert "━".encode() in seen
    coloured = b"\x1b[38;" in seen or b"\x1b[3" in seen.replace(b"\x1b[3A", b"")
    assert coloured != plain


def test_the_module_is_the_command():
    out, _ = process("--version").communicate(timeout=60)
    assert out.startswith("mvn-symbolic, version ")
