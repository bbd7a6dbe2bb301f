"""Questions to who sits at the terminal."""

import asyncio
import sys

from leanboard.terminal.execution import narration


def somebody_is_there() -> bool:
    """Tell whether there is a terminal to ask at."""
    return sys.stdin.isatty() and sys.stderr.isatty()


async def confirmed(question: str, *, unless: asyncio.Event) -> bool:
    """Ask, and wait for a line; everything but y and yes is no. What runs in this process goes on meanwhile.

    Args:
        question: Without its mark.
        unless: Set by Ctrl-C, which is no, too.
    """
    narration().print(f"{question} [y/N] ", end="")
    loop = asyncio.get_running_loop()
    answered = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), answered.set)
    waiting = [asyncio.create_task(event.wait()) for event in (answered, unless)]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        loop.remove_reader(sys.stdin.fileno())
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    if not answered.is_set():
        narration().print()
        return False
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
