"""Bounds on the numbers of results, for lists: ``sharpe_ratio_min=1``, ``drawdown_max=0.2``."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from leanboard.models.base import Frozen

_LARGEST = 2**63 - 1

Least = Annotated[float | None, Field(description="At least this; a run without the number is left out")]
Most = Annotated[float | None, Field(description="At most this; a run without the number is left out")]
LeastCount = Annotated[int | None, Field(ge=-_LARGEST, le=_LARGEST, description="At least this many")]
MostCount = Annotated[int | None, Field(ge=-_LARGEST, le=_LARGEST, description="At most this many")]


class ResultBounds(Frozen):
    """Inclusive bounds, in the units of :class:`leanboard.models.results.BacktestStatistics`: rates are fractions.

    Attributes:
        duration_min: Seconds of wall-clock time that the run took; duration_max too.
        size_min: Bytes of the run's files; size_max too.
    """

    duration_min: Least = None
    duration_max: Most = None
    size_min: LeastCount = None
    size_max: MostCount = None
    total_orders_min: LeastCount = None
    total_orders_max: MostCount = None
    average_win_min: Least = None
    average_win_max: Most = None
    average_loss_min: Least = None
    average_loss_max: Most = None
    compounding_annual_return_min: Least = None
    compounding_annual_return_max: Most = None
    drawdown_min: Least = None
    drawdown_max: Most = None
    expectancy_min: Least = None
    expectancy_max: Most = None
    start_equity_min: Least = None
    start_equity_max: Most = None
    end_equity_min: Least = None
    end_equity_max: Most = None
    net_profit_min: Least = None
    net_profit_max: Most = None
    sharpe_ratio_min: Least = None
    sharpe_ratio_max: Most = None
    sortino_ratio_min: Least = None
    sortino_ratio_max: Most = None
    probabilistic_sharpe_ratio_min: Least = None
    probabilistic_sharpe_ratio_max: Most = None
    loss_rate_min: Least = None
    loss_rate_max: Most = None
    win_rate_min: Least = None
    win_rate_max: Most = None
    profit_loss_ratio_min: Least = None
    profit_loss_ratio_max: Most = None
    alpha_min: Least = None
    alpha_max: Most = None
    beta_min: Least = None
    beta_max: Most = None
    annual_standard_deviation_min: Least = None
    annual_standard_deviation_max: Most = None
    annual_variance_min: Least = None
    annual_variance_max: Most = None
    information_ratio_min: Least = None
    information_ratio_max: Most = None
    tracking_error_min: Least = None
    tracking_error_max: Most = None
    treynor_ratio_min: Least = None
    treynor_ratio_max: Most = None
    total_fees_min: Least = None
    total_fees_max: Most = None
    capacity_min: Least = None
    capacity_max: Most = None
    portfolio_turnover_min: Least = None
    portfolio_turnover_max: Most = None
    drawdown_recovery_min: LeastCount = None
    drawdown_recovery_max: MostCount = None

    @model_validator(mode="after")
    def _are_ranges(self) -> Self:
        for name in BOUNDED:
            least, most = self.bounds(name)
            if least is not None and most is not None and least > most:
                msg = f"{name}_min {least:g} is above {name}_max {most:g}: no run can lie between"
                raise ValueError(msg)
        return self

    def bounds(self, name: str) -> tuple[float | None, float | None]:
        """Return the least and the most that one number may be.

        Args:
            name: One of :data:`BOUNDED`.
        """
        return getattr(self, f"{name}_min"), getattr(self, f"{name}_max")


BOUNDED = tuple(name.removesuffix("_min") for name in ResultBounds.model_fields if name.endswith("_min"))
"""What can be bounded: the names of the columns."""
