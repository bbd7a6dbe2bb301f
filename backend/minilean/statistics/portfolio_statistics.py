"""LEAN's portfolio statistics: from equity, turnover, daily returns and closed profits of a period."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from minilean.numbers import ONE, ZERO, net_round, normalize, safe_decimal_cast, to_double
from minilean.statistics import moments
from minilean.statistics.drawdown import drawdown_metrics
from minilean.statistics.interest_rate import InterestRates
from minilean.statistics.series import TimeSeries

_MICROSECONDS_PER_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class PeriodSamples:
    """What the statistics of one period are computed from.

    Attributes:
        profit_loss: Profit or loss of closing fills in order of time.
        equity: Equity: the candles' closes.
        turnover: Portfolio turnover points of the period.
        performance: Daily returns as fractions.
        benchmark: Daily returns of the benchmark, as many.
        starting_capital: Value before the first sample.
    """

    profit_loss: Sequence[Decimal]
    equity: TimeSeries[Decimal]
    turnover: Sequence[Decimal]
    performance: Sequence[float]
    benchmark: Sequence[float]
    starting_capital: Decimal


@dataclass(frozen=True, slots=True)
class PortfolioStatistics:
    """The figures of ``portfolioStatistics``, in LEAN's order; ratios and rates are fractions."""

    average_win_rate: Decimal = ZERO
    average_loss_rate: Decimal = ZERO
    profit_loss_ratio: Decimal = ZERO
    win_rate: Decimal = ZERO
    loss_rate: Decimal = ZERO
    expectancy: Decimal = ZERO
    start_equity: Decimal = ZERO
    end_equity: Decimal = ZERO
    compounding_annual_return: Decimal = ZERO
    drawdown: Decimal = ZERO
    total_net_profit: Decimal = ZERO
    sharpe_ratio: Decimal = ZERO
    probabilistic_sharpe_ratio: Decimal = ZERO
    sortino_ratio: Decimal = ZERO
    alpha: Decimal = ZERO
    beta: Decimal = ZERO
    annual_standard_deviation: Decimal = ZERO
    annual_variance: Decimal = ZERO
    information_ratio: Decimal = ZERO
    tracking_error: Decimal = ZERO
    treynor_ratio: Decimal = ZERO
    portfolio_turnover: Decimal = ZERO
    value_at_risk_99: Decimal = field(default=ZERO, metadata={"json": "valueAtRisk99"})
    value_at_risk_95: Decimal = field(default=ZERO, metadata={"json": "valueAtRisk95"})
    drawdown_recovery: int = 0


@dataclass(frozen=True, slots=True)
class _TradeFigures:
    average_win_rate: Decimal
    average_loss_rate: Decimal
    profit_loss_ratio: Decimal
    win_rate: Decimal
    loss_rate: Decimal
    expectancy: Decimal


def portfolio_statistics(
    samples: PeriodSamples, interest_rates: InterestRates, trading_days_per_year: int
) -> PortfolioStatistics:
    """Compute all figures; with no capital or fewer than two returns only equity and turnover are not zero.

    Args:
        samples: The period.
        interest_rates: The risk-free rate.
        trading_days_per_year: Days that annualise the daily figures.
    """
    end_equity = samples.equity.values[-1] if samples.equity else ZERO
    turnover = sum(samples.turnover, ZERO) / len(samples.turnover) if samples.turnover else ZERO
    if not samples.starting_capital or min(len(samples.benchmark), len(samples.performance)) < 2:
        return PortfolioStatistics(
            start_equity=samples.starting_capital, end_equity=end_equity, portfolio_turnover=turnover
        )
    trades = _trade_figures(samples)
    risk = _RiskFigures(samples, interest_rates, trading_days_per_year)
    worst, recovery = drawdown_metrics(samples.equity)
    return PortfolioStatistics(
        average_win_rate=trades.average_win_rate,
        average_loss_rate=trades.average_loss_rate,
        profit_loss_ratio=trades.profit_loss_ratio,
        win_rate=trades.win_rate,
        loss_rate=trades.loss_rate,
        expectancy=trades.expectancy,
        start_equity=samples.starting_capital,
        end_equity=end_equity,
        compounding_annual_return=_compounding_annual_return(samples, end_equity),
        drawdown=worst,
        total_net_profit=end_equity / samples.starting_capital - ONE,
        sharpe_ratio=risk.sharpe_ratio(),
        probabilistic_sharpe_ratio=risk.probabilistic_sharpe_ratio(),
        sortino_ratio=risk.sortino_ratio(),
        alpha=risk.alpha(),
        beta=risk.beta,
        annual_standard_deviation=risk.annual_deviation,
        annual_variance=risk.annual_variance,
        information_ratio=risk.information_ratio(),
        tracking_error=risk.tracking_error,
        treynor_ratio=risk.treynor_ratio(),
        portfolio_turnover=turnover,
        value_at_risk_99=value_at_risk(samples.performance[-trading_days_per_year:], 0.99),
        value_at_risk_95=value_at_risk(samples.performance[-trading_days_per_year:], 0.95),
        drawdown_recovery=recovery,
    )


def _trade_figures(samples: PeriodSamples) -> _TradeFigures:
    capital = samples.starting_capital
    profit, loss, wins, losses = ZERO, ZERO, 0, 0
    for record in samples.profit_loss:
        share = record / capital if capital else ZERO
        if record > 0:
            profit += share
            wins += 1
        else:
            loss += share
            losses += 1
        capital += record
    average_win = profit / wins if wins else ZERO
    average_loss = loss / losses if losses else ZERO
    ratio = average_win / abs(average_loss) if average_loss else ZERO
    total = wins + losses
    win_rate = Decimal(wins) / total if total else ZERO
    loss_rate = Decimal(losses) / total if total else ZERO
    return _TradeFigures(average_win, average_loss, ratio, win_rate, loss_rate, win_rate * ratio - loss_rate)


def _compounding_annual_return(samples: PeriodSamples, end_equity: Decimal) -> Decimal:
    span = samples.equity.times[-1] - samples.equity.times[0]
    years = safe_decimal_cast(span / _MICROSECONDS_PER_DAY) / 365
    if not years:
        return ZERO
    base = to_double(end_equity) / to_double(samples.starting_capital)
    if base < 0:
        return ZERO
    try:
        result = math.pow(base, 1 / to_double(years)) - 1
    except OverflowError:
        return ZERO
    return _finite(result)


def _finite(value: float) -> Decimal:
    return safe_decimal_cast(value) if math.isfinite(value) else ZERO


def _annual_performance(returns: Sequence[float], days: int) -> Decimal:
    return _finite(math.pow(moments.average(returns) + 1, days) - 1)


def _annual_variance(returns: Sequence[float], days: int) -> float:
    value = moments.variance(returns)
    return 0.0 if math.isnan(value) else value * days


def value_at_risk(returns: Sequence[float], confidence: float) -> Decimal:
    """Return the parametric daily value at risk (a negative fraction is a loss), rounded to three decimals.

    Args:
        returns: Daily returns of the last year of trading days (LEAN looks no further back).
        confidence: 0.95 or 0.99.
    """
    deviation = moments.variance(returns)
    if math.isnan(deviation) or deviation == 0:
        return ZERO
    value = moments.average(returns) + moments.normal_quantile(1 - confidence) * math.sqrt(deviation)
    return net_round(safe_decimal_cast(value), 3)


class _RiskFigures:
    """Figures that share annual performance, deviation, beta and the risk-free rate."""

    def __init__(self, samples: PeriodSamples, interest_rates: InterestRates, days: int) -> None:
        self._performance = samples.performance
        self._days = days
        self._risk_free = interest_rates.average(samples.equity.times)
        self._annual = _annual_performance(samples.performance, days)
        self._benchmark_annual = _annual_performance(samples.benchmark, days)
        self.annual_variance = _finite(_annual_variance(samples.performance, days))
        self.annual_deviation = safe_decimal_cast(math.sqrt(to_double(self.annual_variance)))
        self.beta = self._beta(samples)
        self.tracking_error = self._tracking_error(samples)

    @staticmethod
    def _beta(samples: PeriodSamples) -> Decimal:
        spread = moments.variance(samples.benchmark)
        if math.isnan(spread) or spread == 0:
            return ZERO
        return _finite(moments.covariance(samples.performance, samples.benchmark) / spread)

    def _tracking_error(self, samples: PeriodSamples) -> Decimal:
        excess = [own - other for own, other in zip(samples.performance, samples.benchmark, strict=True)]
        return _finite(math.sqrt(_annual_variance(excess, self._days)))

    def _excess(self) -> Decimal:
        return self._annual - self._risk_free

    def sharpe_ratio(self) -> Decimal:
        return self._excess() / self.annual_deviation if self.annual_deviation else ZERO

    def sortino_ratio(self) -> Decimal:
        losses = [value for value in self._performance if value < 0]
        downside = safe_decimal_cast(math.sqrt(_annual_variance(losses, self._days)))
        return self._excess() / downside if downside else ZERO

    def alpha(self) -> Decimal:
        if not self.beta:
            return ZERO
        return self._annual - (self._risk_free + self.beta * (self._benchmark_annual - self._risk_free))

    def information_ratio(self) -> Decimal:
        return (self._annual - self._benchmark_annual) / self.tracking_error if self.tracking_error else ZERO

    def treynor_ratio(self) -> Decimal:
        return self._excess() / self.beta if self.beta else ZERO

    def probabilistic_sharpe_ratio(self) -> Decimal:
        returns = self._performance
        deviation = moments.standard_deviation(returns)
        daily_risk_free = to_double(self._risk_free) / self._days
        no_spread = math.isnan(deviation) or deviation == 0
        observed = 0.0 if no_spread else (moments.average(returns) - daily_risk_free) / deviation
        skew, tail = moments.skewness(returns), moments.kurtosis(returns)
        square = (1 - skew * observed + (tail - 1) / 4 * observed**2) / (len(returns) - 1)
        if math.isnan(square) or square < 0:
            return ZERO
        error = math.sqrt(square)
        value = (observed - 1.0 / math.sqrt(self._days)) / error if error else 0.0
        return normalize(safe_decimal_cast(moments.normal_distribution(value)))
