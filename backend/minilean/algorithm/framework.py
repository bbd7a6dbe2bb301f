"""The algorithm framework: its models and their work at each step."""

from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

from minilean import times
from minilean.algorithm.history import HistoryPart
from minilean.algorithm.holdings import HoldingsPart
from minilean.algorithm.universes import UniversesPart
from minilean.data.slice import Slice
from minilean.data.time_slice import SecurityChanges
from minilean.framework.alphas.alpha_model import CompositeAlphaModel, NullAlphaModel, as_alpha_model, model_name
from minilean.framework.enums import InsightType
from minilean.framework.execution.execution_model import ImmediateExecutionModel
from minilean.framework.insight import Insight
from minilean.framework.insight_manager import GeneratedInsightsCollection, InsightManager
from minilean.framework.model import require_methods
from minilean.framework.portfolio.construction import NullPortfolioConstructionModel, PortfolioConstructionModel
from minilean.framework.portfolio_target import PortfolioTarget
from minilean.framework.risk.risk_models import (
    CompositeRiskManagementModel,
    NullRiskManagementModel,
    as_risk_model,
    distinct_by_symbol,
)
from minilean.indicators.base import EventHandlers
from minilean.net_list import NetList
from minilean.orders.order_event import OrderEvent
from minilean.surface import NotSupportedError, model_method
from minilean.universes.models import NullUniverseSelectionModel

_WARMING_UP = "Warning: insights emitted during algorithm warmup are ignored."
_DELISTED = "QCAlgorithm.EmitInsights(): Warning: cannot emit insights for delisted securities, these will be discarded"
_NO_SETTINGS = (
    "Warning: rebalance portfolio settings are set but not supported by the current IPortfolioConstructionModel type: "
)


class FrameworkModels:
    """The models of a run and what happened with insights so far."""

    def __init__(self) -> None:
        self.alpha: Any = NullAlphaModel()
        self.portfolio_construction: Any = NullPortfolioConstructionModel()
        self.execution: Any = ImmediateExecutionModel()
        self.risk_management: Any = NullRiskManagementModel()
        self.insights_generated = EventHandlers()
        self.are_set = False
        self.told: set[str] = set()


class FrameworkPart(HoldingsPart, HistoryPart, UniversesPart):
    """``set_alpha``, ``set_portfolio_construction``, ``emit_insights`` and the like."""

    @property
    def _models(self) -> FrameworkModels:
        models: FrameworkModels | None = self.__dict__.get("_framework_models")
        if models is None:
            models = self.__dict__["_framework_models"] = FrameworkModels()
        return models

    @property
    def uses_framework(self) -> bool:
        """Whether there is anything to do at each step."""
        own, insights = self.__dict__, self._context.insights
        models = own.get("_framework_models")
        if models is not None and models.are_set:
            return True
        selection = own.get("_universe_selection")
        selects = selection is not None and type(selection) is not NullUniverseSelectionModel
        return selects or (insights is not None and insights.is_scored)

    @property
    def insights(self) -> InsightManager:
        """The insights of the run."""
        manager = self._context.insights
        if manager is None:
            manager = self._context.insights = InsightManager(self._context.clock)
        return manager

    @property
    def insights_generated(self) -> EventHandlers:
        """Event of new insights; handlers take the algorithm and a collection."""
        return self._models.insights_generated

    @insights_generated.setter
    def insights_generated(self, value: EventHandlers) -> None:
        self._models.insights_generated = value

    @property
    def alpha(self) -> Any:  # noqa: ANN401 - LEAN's or the strategy's own
        """What makes insights."""
        return self._models.alpha

    @alpha.setter
    def alpha(self, value: Any) -> None:  # noqa: ANN401
        self.set_alpha(value)

    @property
    def portfolio_construction(self) -> Any:  # noqa: ANN401
        """What makes targets of insights."""
        return self._models.portfolio_construction

    @portfolio_construction.setter
    def portfolio_construction(self, value: Any) -> None:  # noqa: ANN401
        self.set_portfolio_construction(value)

    @property
    def execution(self) -> Any:  # noqa: ANN401
        """What makes orders of targets."""
        return self._models.execution

    @execution.setter
    def execution(self, value: Any) -> None:  # noqa: ANN401
        self.set_execution(value)

    @property
    def risk_management(self) -> Any:  # noqa: ANN401
        """What overrides targets."""
        return self._models.risk_management

    @risk_management.setter
    def risk_management(self, value: Any) -> None:  # noqa: ANN401
        self.set_risk_management(value)

    def set_alpha(self, alpha: Any) -> None:  # noqa: ANN401
        """Choose what makes insights."""
        self._models.alpha = as_alpha_model(alpha)
        self._models.are_set = True

    def add_alpha(self, alpha: Any) -> None:  # noqa: ANN401
        """Add one more model that makes insights."""
        current = self._models.alpha
        if isinstance(current, CompositeAlphaModel):
            current.add_alpha(alpha)
        else:
            self.set_alpha(alpha if type(current) is NullAlphaModel else CompositeAlphaModel(current, alpha))

    def set_portfolio_construction(self, portfolio_construction: Any) -> None:  # noqa: ANN401
        """Choose what makes targets of insights."""
        names = ("create_targets", "on_securities_changed")
        require_methods(portfolio_construction, "IPortfolioConstructionModel", *names)
        self._models.portfolio_construction = portfolio_construction
        self._models.are_set = True

    def set_execution(self, execution: Any) -> None:  # noqa: ANN401
        """Choose what makes orders of targets."""
        require_methods(execution, "IExecutionModel", "execute", "on_securities_changed")
        self._models.execution = execution
        self._models.are_set = True

    def set_risk_management(self, risk_management: Any) -> None:  # noqa: ANN401
        """Choose what overrides targets."""
        self._models.risk_management = as_risk_model(risk_management)
        self._models.are_set = True

    def add_risk_management(self, risk_management: Any) -> None:  # noqa: ANN401
        """Add one more model that overrides targets."""
        current = self._models.risk_management
        if isinstance(current, CompositeRiskManagementModel):
            current.add_risk_management(risk_management)
        elif type(current) is NullRiskManagementModel:
            self.set_risk_management(risk_management)
        else:
            self.set_risk_management(CompositeRiskManagementModel(current, risk_management))

    def apply_framework_settings(self) -> None:
        """Pass the settings of rebalancing on to the model, once the strategy is initialized."""
        settings, model = self._context.settings, self._models.portfolio_construction
        names = ("rebalance_on_security_changes", "rebalance_on_insight_changes")
        values = (settings.rebalance_portfolio_on_security_changes, settings.rebalance_portfolio_on_insight_changes)
        if all(value is None for value in values):
            return
        if not isinstance(model, PortfolioConstructionModel):
            self.debug(f"{_NO_SETTINGS}{type(model)}")
            return
        for name, value in zip(names, values, strict=True):
            if value is not None:
                setattr(model, name, value)

    def on_framework_securities_changed(self, changes: SecurityChanges) -> None:
        """Tell all models of securities that joined or left."""
        if not self.uses_framework:
            return
        models = self._models
        for model in (models.alpha, models.portfolio_construction, models.execution, models.risk_management):
            model_method(model, "on_securities_changed")(self.strategy, changes)

    def tell_execution_model(self, event: OrderEvent) -> None:
        """Tell the execution model of an order's event, if it cares."""
        if not self.uses_framework:
            return
        model = self._models.execution
        if hasattr(model, "on_order_event") or hasattr(model, "OnOrderEvent"):
            model_method(model, "on_order_event")(self.strategy, event)

    def on_framework_data(self, slice: Slice) -> None:  # noqa: A002 - LEAN's name
        """Let the models work on the data of a step, from insights to orders."""
        models = self._models
        self.refresh_universes()
        if self.insights.is_scored:
            self.insights.step(times.to_datetime(self._context.clock.utc).replace(tzinfo=UTC))
        if not slice.has_data or not models.are_set:
            return
        insights = list(model_method(models.alpha, "update")(self.strategy, slice))
        if insights:
            insights = self._initialized(insights)
            self._announce(insights)
        self._process(insights)

    def emit_insights(self, *insights: Any) -> None:  # noqa: ANN401 - insights, or a list of them
        """Work on insights of the strategy's own."""
        listed = insights[0] if len(insights) == 1 and not isinstance(insights[0], Insight) else insights
        if self._context.state.is_warming_up:
            self._error_once(_WARMING_UP)
            return
        ready = self._initialized(list(listed))
        self._announce(ready)
        self._process(ready)

    def _error_once(self, text: str) -> None:
        if text not in self._models.told:
            self._models.told.add(text)
            self.error(text)

    def _initialized(self, insights: Iterable[Insight]) -> list[Insight]:
        """Set what insights get when they are made; those of delisted securities are dropped."""
        context = self._context
        ready = NetList()
        for insight in insights:
            security = context.securities[insight.symbol]
            if security.is_delisted:
                self._error_once(_DELISTED)
                continue
            insight.generated_utc = context.clock.utc
            if insight.type is InsightType.VOLATILITY:
                raise NotSupportedError("InsightType.VOLATILITY")
            insight.reference_value_ = security.price_
            insight.source_model = insight.source_model or model_name(self._models.alpha)
            insight.set_period_and_close_time(security.exchange.market_hours)
            ready.append(insight)
        return ready

    def _announce(self, insights: list[Insight]) -> None:
        self.insights.add_range(insights)
        collection = GeneratedInsightsCollection(self._context.clock.utc, insights)
        self._models.insights_generated.fire(self.strategy, collection)

    def _process(self, insights: list[Insight]) -> None:
        """Go from insights over targets and their overrides to orders."""
        models = self._models
        targets = list(model_method(models.portfolio_construction, "create_targets")(self.strategy, insights))
        self._note(targets)
        overrides = list(model_method(models.risk_management, "manage_risk")(self.strategy, targets))
        self._note(overrides)
        model_method(models.execution, "execute")(self.strategy, distinct_by_symbol([*overrides, *targets]))

    def _note(self, targets: Sequence[PortfolioTarget]) -> None:
        for target in targets:
            self._context.securities[target.symbol].holdings.target = target
