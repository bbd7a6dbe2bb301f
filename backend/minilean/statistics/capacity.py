"""LEAN's estimate of how much capital a strategy can carry, from the volume traded after its own fills."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from minilean.numbers import ONE, ZERO, discretely_round_by

_MINUTE = 60_000_000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_NEVER = 1 << 62
_FAST_TRADING_MINUTES = Decimal(390)
_FAST_TRADING_FLOOR = Decimal("0.20")
_VOLUME_FOR_WINDOW = Decimal(6_000_000)
_LONGEST_WINDOW = Decimal(120)
_WINDOW_WITHOUT_VOLUME = Decimal(10)
_QUANTA = Decimal("1000.00")
_OLD_WEIGHT = Decimal("0.66")
_NEW_WEIGHT = Decimal("0.33")
_FORGET_AFTER = 30 * _DAY
_SECOND_SCALE, _MINUTE_SCALE = Decimal("0.50"), Decimal("0.20")
_HOUR_SCALE, _DAILY_SCALE = Decimal("0.05"), Decimal("0.02")


@dataclass(frozen=True, slots=True)
class CapacityBar:
    """The bar of a slice that counts for a security: its trade bar, else its quote bar with the mean size."""

    time: int
    end_time: int
    close: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True)
class CapacityHolding:
    """A security at a snapshot: whether it is held, and the margin it reserves times its leverage."""

    invested: bool
    reserved_value: Decimal


class _SymbolCapacity:
    """Volume that could have been traded around the fills of one security."""

    def __init__(self, sid: str) -> None:
        self.sid = sid
        self.sale_volume = ZERO
        self.trades = 0
        self.last_fill = 0
        self.capacity_volume = ZERO
        self._scale = _MINUTE_SCALE
        self._fast_factor = ONE
        self._previous_fill: int | None = None
        self._previous_bar: CapacityBar | None = None
        self._average_dollar_volume = ZERO
        self._reset_pending = False

    def on_fill(self, utc: int, price: Decimal, quantity: Decimal) -> None:
        """Count a fill: sale volume, pace of trading, and a window of volume begins."""
        self.sale_volume += price * abs(quantity)
        if self._previous_fill is None:
            minutes = Decimal(_DAY) / _MINUTE
        else:
            minutes = Decimal(utc - self._previous_fill) / _MINUTE
        self._previous_fill = self.last_fill = utc
        self._fast_factor = min(ONE, max(_FAST_TRADING_FLOOR, 2 * minutes / _FAST_TRADING_MINUTES))
        if self._reset_pending:
            self._reset_pending = False
            self.capacity_volume = ZERO
            self.trades = 0
        self.trades += 1

    def on_bar(self, utc: int, bar: CapacityBar | None) -> bool:
        """Add a bar's volume; False once the window after the last fill is over."""
        if bar is None or not bar.volume:
            return True
        self._update_average(bar)
        self._previous_bar = bar
        included, self._scale = self._classify(utc, bar.end_time - bar.time)
        if not included:
            return False
        self.capacity_volume += bar.close * self._fast_factor * bar.volume
        return True

    def _update_average(self, bar: CapacityBar) -> None:
        previous = self._previous_bar
        if previous is None:
            self._average_dollar_volume = bar.close * bar.volume
            return
        minutes = Decimal(bar.end_time - previous.end_time) / _MINUTE
        if minutes:
            self._average_dollar_volume = bar.close * (bar.volume + previous.volume) / minutes

    def _classify(self, utc: int, length: int) -> tuple[bool, Decimal]:
        last = self.last_fill
        if length < _MINUTE:
            return utc <= last + self._window(), _SECOND_SCALE
        if length < _HOUR:
            return utc <= last + self._window(), _MINUTE_SCALE
        if length < _DAY:
            return utc == _round_up(last, _HOUR), _HOUR_SCALE
        return utc == last or utc // _DAY == _round_up(last, _DAY) // _DAY, _DAILY_SCALE

    def _window(self) -> int:
        average = self._average_dollar_volume
        minutes = _VOLUME_FOR_WINDOW / average if average else _WINDOW_WITHOUT_VOLUME
        return (120 if minutes > _LONGEST_WINDOW else int(max(ONE, minutes))) * _MINUTE

    def market_capacity(self) -> Decimal:
        """Dollar volume times the share of it that may be taken at the bars' resolution."""
        return self.capacity_volume * self._scale

    def reset(self) -> None:
        """Begin a new snapshot period; the volume is cleared with the next fill."""
        self.sale_volume = ZERO
        self._reset_pending = True


def _round_up(time: int, step: int) -> int:
    return -(-time // step) * step


class CapacityEstimate:
    """The capacity of the whole strategy, updated at snapshots.

    Attributes:
        lowest_capacity_asset: Identifier text of the security that limits the capacity.
        next_look: Instant before which no step matters.
    """

    def __init__(self, start_utc_day: int, total_days: int) -> None:
        """Plan the snapshots.

        Args:
            start_utc_day: Start date in days since the epoch.
            total_days: Days from the start to the end date.
        """
        self._period = min(max(total_days - 1, 1), 7)
        self._next_snapshot = start_utc_day + self._period
        self._symbols: dict[str, _SymbolCapacity] = {}
        self._monitored: list[_SymbolCapacity] = []
        self._capacity = ZERO
        self.lowest_capacity_asset = ""
        self.next_look = _NEVER

    @property
    def capacity(self) -> Decimal:
        """The estimate as a multiple of 1000.00, 0 before the first snapshot with trades."""
        return discretely_round_by(self._capacity, _QUANTA) if self._capacity else ZERO

    def on_fill(self, sid: str, utc: int, price: Decimal, quantity: Decimal) -> None:
        """Count a fill (price in account currency) and watch the security's volume from now on."""
        symbol = self._symbols.get(sid)
        if symbol is None:
            symbol = self._symbols[sid] = _SymbolCapacity(sid)
        symbol.on_fill(utc, price, quantity)
        if symbol not in self._monitored:
            self._monitored.append(symbol)
        self._plan()

    def _plan(self) -> None:
        """Set the next look: at each step while a security is watched, else on the day of the next snapshot."""
        self.next_look = 0 if self._monitored else self._next_snapshot * _DAY if self._symbols else _NEVER

    def update(
        self,
        utc: int,
        bar_of: Callable[[str], CapacityBar | None],
        holding_of: Callable[[str], CapacityHolding],
        portfolio_value: Callable[[], Decimal],
        *,
        force: bool = False,
    ) -> None:
        """Take in a time step.

        Args:
            utc: Time of the step, microseconds.
            bar_of: The step's bar of a security, by identifier text.
            holding_of: State of a security, by identifier text.
            portfolio_value: Total portfolio value, asked for at snapshots only.
            force: Take a snapshot now.
        """
        if self._monitored:
            self._monitored = [symbol for symbol in self._monitored if symbol.on_bar(utc, bar_of(symbol.sid))]
        if self._symbols and (force or utc // _DAY >= self._next_snapshot):
            self._snapshot(utc, holding_of, portfolio_value())
            self._next_snapshot = utc // _DAY + self._period
        self._plan()

    def _snapshot(self, utc: int, holding_of: Callable[[str], CapacityHolding], value: Decimal) -> None:
        smallest = min(self._symbols.values(), key=_SymbolCapacity.market_capacity)
        self.lowest_capacity_asset = smallest.sid
        total = sum((symbol.sale_volume for symbol in self._symbols.values()), ZERO)
        share = smallest.sale_volume / total if total else ZERO
        used = holding_of(smallest.sid).reserved_value / value if value else ZERO
        factor = max(share, used)
        daily = smallest.market_capacity() / smallest.trades if smallest.trades else ZERO
        new = daily / factor if factor else self._capacity
        self._capacity = _NEW_WEIGHT * new + _OLD_WEIGHT * self._capacity if self._capacity else new
        for sid, symbol in list(self._symbols.items()):
            if not holding_of(sid).invested and utc - symbol.last_fill >= _FORGET_AFTER:
                del self._symbols[sid]
            else:
                symbol.reset()
