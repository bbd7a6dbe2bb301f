"""``leanboard data import-image``: LEAN's own sample data, out of its image."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from rich.text import Text

from leanboard.engines.base import Fetching
from leanboard.engines.docker.engine import DockerEngine
from leanboard.engines.docker.facts import ImageFacts
from leanboard.engines.docker.spec import PATHS
from leanboard.errors import EngineError, EngineUnavailable
from leanboard.market_data.errors import MarketDataError
from leanboard.market_data.importing import (
    IMPORT_FOLDER,
    Imported,
    put_in_place,
    refuse_taken,
    staging_folder,
)
from leanboard.models.run import EngineName
from leanboard.settings import Settings
from leanboard.terminal.execution import execute, load_settings, narration, output, print_json
from leanboard.terminal.failure import CommandError, ExitCode
from leanboard.terminal.local import data_folder, running_engines
from leanboard.terminal.options import AsJson
from leanboard.terminal.text import file_size, printable

MEGABYTE = 1 << 20
PLAIN_SECONDS = 5.0  # between two lines where nobody watches

Image = Annotated[str, typer.Argument(metavar="[IMAGE]", help="Another LEAN image than LEANBOARD_IMAGE.")]
Target = Annotated[
    Path | None,
    typer.Option("--to", metavar="FOLDER", help="Where to; lean-data under LEANBOARD_HOME if left out."),
]
Merge = Annotated[bool, typer.Option("--merge", help="Add to a folder what it lacks; what is there stays as it is.")]


def import_image(*, image: Image = "", target: Target = None, merge: Merge = False, as_json: AsJson = False) -> None:
    """Copy LEAN's sample data (/Lean/Data) out of its image into a folder that runs can read.

    Pulls the image first where it is not there. Nothing is overwritten.
    """

    async def work() -> int:
        settings = load_settings()
        place = (target or settings.home / IMPORT_FOLDER).expanduser().absolute()
        imported, facts = await copy_data(settings, image, place, merge=merge)
        used = data_folder(settings).path
        if as_json:
            print_json(
                {
                    "image": image or settings.image,
                    "image_id": facts.id,
                    "folder": str(place),
                    "added": imported.added,
                    "kept": imported.kept,
                    "size": imported.size,
                    "used": used == place,
                },
            )
            return ExitCode.OK
        kept = f"; {imported.kept} that were there stay as they were" if imported.kept else ""
        done = f"{place}: {imported.added} files, {file_size(imported.size)}, from {image or settings.image}{kept}"
        output().print(Text(printable(done)), soft_wrap=True)
        if used != place:
            output().print(Text(f"to use it: LEANBOARD_DATA={place}", style="dim"), soft_wrap=True)
        return ExitCode.OK

    execute(work, as_json=as_json)


async def copy_data(settings: Settings, image: str, target: Path, *, merge: bool) -> tuple[Imported, ImageFacts]:
    """Copy the image's data folder to ``target``: whole or, where something fails, not at all.

    Raises:
        CommandError: It cannot be done; says why.
    """
    try:
        with ExitStack() as stack:
            await asyncio.to_thread(refuse_taken, target, merge=merge)
            async with running_engines(settings) as engines:
                staging = await asyncio.to_thread(stack.enter_context, staging_folder(target))
                facts = await _copy(engines[EngineName.DOCKER], image, staging, settings.min_free_disk * MEGABYTE)
            return await asyncio.to_thread(partial(put_in_place, staging, target)), facts
    except MarketDataError as error:
        raise CommandError(str(error), code="bad_data_folder", exit_code=ExitCode.USAGE) from error
    except EngineUnavailable as error:
        raise CommandError(error.detail, code=error.code, hint="leanboard doctor says what is wrong") from error
    except EngineError as error:
        raise CommandError(error.detail, code=error.code) from error
    except OSError as error:
        message = f"{error.filename or target}: {error.strerror}"
        raise CommandError(message, code="disk_error", hint="choose another folder with --to") from error


async def _copy(engine: object, image: str, staging: Path, min_free: int) -> ImageFacts:
    assert isinstance(engine, DockerEngine)  # of make_engines
    with _telling() as tell:
        return await engine.copy_out(image, PATHS.data, staging, min_free=min_free, report=tell)


@contextmanager
def _telling() -> Iterator[Callable[[Fetching], None]]:
    """Give what shows how far it is: one updating line in a terminal, else a line now and then."""
    console = narration()
    if console.is_terminal and not console.is_dumb_terminal:
        with console.status("asking the Docker engine", spinner="line") as status:
            yield lambda fetching: status.update(Text(_words(fetching)))
        return
    told = float("-inf")

    def tell(fetching: Fetching) -> None:
        nonlocal told
        if monotonic() - told >= PLAIN_SECONDS:
            told = monotonic()
            console.print(Text(_words(fetching)), soft_wrap=True)

    yield tell


def _words(fetching: Fetching) -> str:
    return printable(fetching.text + (f" ({fetching.percent:.0f} %)" if fetching.percent is not None else ""))
