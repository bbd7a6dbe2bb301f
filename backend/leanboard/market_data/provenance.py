"""Where the bars of a data folder come from: ``leanboard-data.json`` at its root.

Folders made by others have none; nothing is claimed about them then.
"""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from leanboard.market_data.archives import write_text
from leanboard.market_data.errors import bad_file
from leanboard.market_data.lean_paths import SecurityType, Series
from leanboard.models.base import Frozen, UtcDatetime
from leanboard.models.requests import Resolution
from leanboard.models.wrong_values import first_problem

PROVENANCE_FILE: Final = "leanboard-data.json"


class SourceKind(StrEnum):
    """Whether prices were paid on a market, or made up."""

    REAL = "real"
    SIMULATED = "simulated"


class DataSource(Frozen):
    """One origin of bars.

    Attributes:
        kind: Real or simulated.
        description: What the bars are, for people; ends without a full stop.
        package: PyPI package the bars were read from, if any.
        version: Version of that package.
        seed: Seed of the simulation, if simulated.
        security_type: LEAN's security type.
        market: LEAN's market.
        symbols: Tickers in lower case.
        resolutions: LEAN's bar lengths.
        first_date: First day of the bars.
        last_date: Last day of the bars.
    """

    kind: SourceKind
    description: str
    package: str | None = None
    version: str | None = None
    seed: int | None = None
    security_type: SecurityType
    market: str
    symbols: tuple[str, ...]
    resolutions: tuple[Resolution, ...]
    first_date: date
    last_date: date

    def covers(self, series: Series) -> bool:
        """Tell whether a series comes from this source."""
        place = (series.security_type, series.market) == (self.security_type, self.market)
        return place and series.ticker in self.symbols and series.resolution in self.resolutions


class Provenance(Frozen):
    """What ``leanboard-data.json`` says.

    Attributes:
        stamp: Changes whenever the same maker would write something else.
        made_at: When the folder was made.
        sources: Origins of the bars.
        notes: What a reader should know, such as corrections of the source.
    """

    stamp: str
    made_at: UtcDatetime
    sources: tuple[DataSource, ...]
    notes: tuple[str, ...] = ()

    def source_of(self, series: Series) -> DataSource | None:
        """Return where a series comes from, or None when that is not recorded."""
        return next((source for source in self.sources if source.covers(series)), None)


def read_provenance(root: Path) -> Provenance | None:
    """Return the provenance of a data folder, or None when it has none.

    Raises:
        MarketDataError: The file is there and cannot be understood; guessing could hide simulated data.
    """
    path = root / PROVENANCE_FILE
    try:
        return Provenance.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise bad_file(path, f"cannot be read ({error.strerror})") from error
    except ValidationError as error:
        raise bad_file(path, first_problem(error)) from error


def write_provenance(root: Path, provenance: Provenance) -> None:
    """Write the provenance of a data folder; raises OSError when the disk refuses."""
    write_text(root / PROVENANCE_FILE, provenance.model_dump_json(indent=2, exclude_none=True) + "\n")
