"""A container's streams: taken apart in any pieces, and brought whole whatever breaks on the way."""

import asyncio
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanboard.engines.docker.console_copy import ConsoleCopy, ConsoleFiles
from leanboard.engines.docker.console_frames import FRAME_MARK, Demultiplexer, FrameLines
from leanboard.engines.slot import Slot
from leanboard.errors import EngineError, EngineUnavailable


def framed(kind: int, data: bytes) -> bytes:
    return bytes([kind, 0, 0, 0]) + len(data).to_bytes(4) + data


def cut(content: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(content) + 1) for place in places), len(content)]
    return [content[begin:end] for begin, end in itertools.pairwise(edges)]


PIECES = st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=50)), max_size=12)
CUTS = st.lists(st.integers(0, 2000), max_size=20)


@given(sent=PIECES, cuts=CUTS)
def test_the_streams_are_told_apart_wherever_the_pieces_are_cut(sent, cuts):
    stream = b"".join(framed(kind, data) for kind, data in sent)
    demultiplexer = Demultiplexer()
    got = [found for piece in cut(stream, cuts) for found in demultiplexer.feed(piece)]
    for kind in (1, 2):
        assert b"".join(data for k, data in got if k == kind) == b"".join(data for k, data in sent if k == kind)


@given(cuts=CUTS)
def test_the_engines_own_complaint_is_an_error_with_its_words(cuts):
    demultiplexer = Demultiplexer()
    stream = cut(framed(1, b"x") + framed(3, b"Error grabbing logs: EOF"), cuts)
    with pytest.raises(EngineError, match="Error grabbing logs"):
        list(itertools.chain.from_iterable(map(demultiplexer.feed, stream)))


@pytest.mark.parametrize("content", [b"HTTP/1.1 200", b"\x01\x00\x00\x01\0\0\0\0", b"\x07\0\0\0\0\0\0\0"])
def test_what_is_not_in_frames_is_refused(content):
    with pytest.raises(EngineError, match="not in frames"):
        list(Demultiplexer().feed(content))


LINES = st.lists(
    st.one_of(
        st.binary(max_size=60).map(lambda data: data.replace(b"\n", b"")),
        st.binary(max_size=60).map(lambda data: FRAME_MARK + data.replace(b"\n", b"")),
        st.just(b"y" * 9000),
    ),
    max_size=10,
)


@given(lines=LINES, cuts=CUTS)
def test_frames_are_found_wherever_the_pieces_are_cut(lines, cuts):
    finder = FrameLines()
    found = b"".join(finder.feed(piece) for piece in cut(b"".join(line + b"\n" for line in lines), cuts))
    assert found == b"".join(line[len(FRAME_MARK) :] + b"\n" for line in lines if line.startswith(FRAME_MARK))


class ScriptedStream:
    """Gives pieces, then breaks, ends, or waits until it is shut."""

    def __init__(self, pieces: list[bytes], end: str) -> None:
        self.pieces, self.end = iter(pieces), end
        self.shut_down = False
        self.closed = False

    def __iter__(self):
        return self

    def __next__(self) -> bytes:
        piece = next(self.pieces, None)
        if piece is not None:
            return piece
        if self.end == "breaks":
            raise EngineUnavailable("broken")
        raise StopIteration

    def shut(self) -> None:
        self.shut_down = True

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def slot(tmp_path: Path) -> Slot:
    made = Slot("s", tmp_path)
    for folder in (made.console, made.output):
        folder.mkdir()
    return made


WHOLE = b"".join(
    framed(1, b"line %d\n" % number)
    + framed(2, b"error %d\n" % number)
    + framed(1, FRAME_MARK + b'{"t":%d}\n' % number)
    for number in range(40)
)


async def brought(slot: Slot, script: list) -> list[bool]:
    """Play a script of streams and errors; the container has ended when it is played. Returns what was asked for."""
    asked = []
    steps = iter(script)
    last = asyncio.Event()
    loop = asyncio.get_running_loop()

    def open_console(name: str, *, follow: bool):
        asked.append(follow)
        step = next(steps, None)
        if step is None:
            loop.call_soon_threadsafe(last.set)
            return ScriptedStream([WHOLE], "ends")
        if isinstance(step, Exception):
            raise step
        return step

    copy = ConsoleCopy("c", ConsoleFiles(slot), open_console)
    copy.start(loop)
    async with asyncio.timeout(20):
        await last.wait()
        copy.finish()
        await copy.complete()
    return asked


def is_whole(slot: Slot) -> None:
    lines = (slot.console / "stdout.txt").read_bytes().splitlines()
    assert [line for line in lines if line.startswith(b"line")] == [b"line %d" % number for number in range(40)]
    assert (slot.console / "stderr.txt").read_bytes() == b"".join(b"error %d\n" % number for number in range(40))
    assert (slot.output / "frames.ndjson").read_bytes() == b"".join(b'{"t":%d}\n' % number for number in range(40))


async def test_after_breaks_anywhere_nothing_is_missing_and_nothing_is_there_twice(slot):
    script = [
        EngineUnavailable("not there"),
        ScriptedStream(cut(WHOLE[:700], [1, 2, 300]), "breaks"),
        ScriptedStream([WHOLE[:13]], "ends"),
        ScriptedStream([WHOLE[:1501]], "ends"),
    ]
    asked = await brought(slot, script)
    is_whole(slot)
    assert asked[-1] is False  # once more when it had ended, without waiting for more
    assert all(stream.closed for stream in script[1:])


async def test_a_later_process_goes_on_where_the_files_end(slot):
    (slot.console / "stdout.txt").write_bytes(b'line 0\n@@LEANBOARD frame {"t":0}\nli')
    (slot.console / "stderr.txt").write_bytes(b"err")
    (slot.output / "frames.ndjson").write_bytes(b"")  # it died before it could write the frame
    await brought(slot, [])
    is_whole(slot)


async def test_a_container_that_is_gone_has_no_more(slot):
    copy = ConsoleCopy("c", ConsoleFiles(slot), lambda name, *, follow: None)
    copy.start(asyncio.get_running_loop())
    async with asyncio.timeout(10):
        await copy.complete()


async def test_a_log_that_the_engine_cannot_read_does_not_hold_the_run(slot):
    opened = []

    def open_console(name: str, *, follow: bool):
        opened.append(follow)
        return ScriptedStream([framed(1, b"one\n"), framed(3, b"Error grabbing logs")], "ends")

    copy = ConsoleCopy("c", ConsoleFiles(slot), open_console)
    copy.start(asyncio.get_running_loop())
    copy.finish()
    async with asyncio.timeout(15):
        await copy.complete()
    assert (slot.console / "stdout.txt").read_bytes() == b"one\n"
    assert 2 <= len(opened) < 10
