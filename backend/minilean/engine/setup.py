"""Takes an initialized strategy to the start of its run."""

from minilean import times
from minilean.algorithm.benchmark import Benchmark
from minilean.algorithm.context import AlgorithmContext
from minilean.algorithm.pairs import pair_symbol
from minilean.algorithm.qc_algorithm import QCAlgorithm
from minilean.data.history_span import start_of_bars
from minilean.data.map_files import MapFile
from minilean.data.subscription_data_config import INCREMENTS
from minilean.engine.currency_setup import CurrencyConversions
from minilean.engine.universe_selection import benchmark_config
from minilean.enums import Resolution, SecurityType
from minilean.securities.security import Security
from minilean.securities.symbol import Symbol
from minilean.surface import model_method


class SetupError(ValueError):
    """The strategy's settings do not fit together; LEAN tells such errors with the place in its own source."""

    lean_location = "QCAlgorithm.cs:line 786"


def post_initialize(algorithm: QCAlgorithm, context: AlgorithmContext) -> None:
    """Check the dates, give the run a benchmark, and set the clock to the start of the warm-up or the run.

    Raises:
        SetupError: The end lies before the start.
    """
    state = context.state
    if state.end_local < state.start_local:
        raise SetupError("Please select an algorithm end date greater than start date.")
    algorithm.apply_framework_settings()
    if state.benchmark is None:
        state.benchmark = _default_benchmark(algorithm, context)
    if state.benchmark.symbol is not None:
        state.benchmark.security = _benchmark_security(algorithm, state.benchmark.symbol)
        _warn_of_zone(algorithm, context, state.benchmark.security)
    start = state.zone.to_utc(state.start_local)
    context.clock.utc = start
    warm_up = _warm_up_start(context)
    if warm_up is None:
        state.is_warming_up = False
    else:
        context.clock.utc = warm_up
    algorithm.create_first_universes()
    CurrencyConversions(context, algorithm).ensure()
    context.real_time.start(lambda: context.clock.utc)


def _has_own(model: object, name: str) -> bool:
    """Tell whether the strategy's own class has one of LEAN's methods."""
    pascal = "".join(part.capitalize() for part in name.split("_"))
    return any(spelling in kind.__dict__ for kind in type(model).__mro__ for spelling in (name, pascal))


def _no_benchmark(_: object) -> int:
    return 0


def _default_benchmark(algorithm: QCAlgorithm, context: AlgorithmContext) -> Benchmark:
    model = context.state.brokerage_model
    if _has_own(model, "get_benchmark"):
        return Benchmark.of(model_method(model, "get_benchmark")(context.securities))
    if model.benchmark is None:
        return Benchmark(function=_no_benchmark)
    if model.benchmark_type is SecurityType.EQUITY:
        return Benchmark(symbol=algorithm.make_symbol(model.benchmark)[0])
    return Benchmark(symbol=pair_symbol(model.benchmark, model.benchmark_type, model.benchmark_market))


def _benchmark_security(algorithm: QCAlgorithm, symbol: Symbol) -> Security:
    """Make the hidden security of the benchmark; it is not among the strategy's."""
    security = algorithm.make_security(symbol)
    if symbol.security_type is SecurityType.EQUITY:
        map_file = algorithm.make_symbol(symbol.value)[1]
    else:
        map_file = MapFile(symbol.value, ())
    security.configs.append(benchmark_config(symbol, security, map_file))
    return security


def _warn_of_zone(algorithm: QCAlgorithm, context: AlgorithmContext, security: Security) -> None:
    """Tell the user when daily data and benchmark count their days in different zones."""
    feeds = [config.resolution for each in context.securities.values() for config in each.configs]
    daily = Resolution.DAILY in (*feeds, algorithm.universe_settings.resolution)
    zone, own = security.exchange.market_hours.data_time_zone, context.state.zone
    if daily and (zone is not own or context.state.is_fixed_utc):
        algorithm.log(
            "QCAlgorithm.PostInitialize(): Warning: Using a security benchmark of a different timezone "
            f"({zone.name}) than the algorithm TimeZone ({own.name}) may lead to skewed and incorrect statistics. Use "
            "a higher resolution than daily to minimize."
        )


def _warm_up_start(context: AlgorithmContext) -> int | None:
    """Return the instant from which data is replayed, None without warm-up."""
    request = context.state.warm_up
    if request is None:
        return None
    now = context.clock.utc
    if request.span is not None:
        return context.state.zone.to_utc(context.state.start_local - request.span)
    count = request.bars or 0
    resolution = context.settings.warmup_resolution
    starts = []
    for security in context.securities.values():
        hours = security.exchange.market_hours
        for config in security.configs:
            used = config.resolution if resolution is None else resolution
            local = start_of_bars(
                hours, hours.time_zone.to_local(now), used, count, extended=config.extended_market_hours
            )
            starts.append(hours.time_zone.to_utc(local))
    if starts:
        return min(starts)
    used = Resolution.MINUTE if resolution is None else resolution
    return context.state.zone.to_utc(context.state.start_local - count * INCREMENTS[used])


def dates_line(context: AlgorithmContext) -> str:
    """Return the log line with dates and cash."""
    state = context.state
    start, end = (times.to_datetime(moment).strftime("%m/%d/%Y") for moment in (state.start_local, state.end_local))
    cash = f"{context.portfolio.cash_:,.2f}"
    return f"Dates: Start: {start} End: {end} Cash: ¤{cash} MaximumRuntime: 100.00:00:00 MaxOrders: 2147483647"
