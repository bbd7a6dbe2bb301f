"""The classes of the framework that strategies use by name."""

from minilean.framework.alphas.alpha_model import AlphaModel, CompositeAlphaModel, NullAlphaModel
from minilean.framework.alphas.constant import ConstantAlphaModel
from minilean.framework.alphas.indicator_alphas import (
    EmaCrossAlphaModel,
    HistoricalReturnsAlphaModel,
    MacdAlphaModel,
    RsiAlphaModel,
)
from minilean.framework.alphas.pairs import BasePairsTradingAlphaModel, PearsonCorrelationPairsTradingAlphaModel
from minilean.framework.enums import (
    InsightDirection,
    InsightScoreType,
    InsightType,
    PortfolioBias,
    PositionSide,
)
from minilean.framework.execution.execution_model import (
    ExecutionModel,
    ImmediateExecutionModel,
    NullExecutionModel,
)
from minilean.framework.execution.order_sizing import OrderSizing
from minilean.framework.execution.patient import (
    SpreadExecutionModel,
    StandardDeviationExecutionModel,
    VolumeWeightedAveragePriceExecutionModel,
)
from minilean.framework.helpers import BuyingPowerModelExtensions, Extensions, Time, TimeSpan
from minilean.framework.insight import Insight, InsightScore
from minilean.framework.insight_manager import GeneratedInsightsCollection, InsightCollection, InsightManager
from minilean.framework.portfolio.construction import NullPortfolioConstructionModel, PortfolioConstructionModel
from minilean.framework.portfolio.mean_reversion import MeanReversionPortfolioConstructionModel
from minilean.framework.portfolio.risk_parity import RiskParityPortfolioConstructionModel
from minilean.framework.portfolio.targets import PortfolioTargetCollection
from minilean.framework.portfolio.weighting import (
    AccumulativeInsightPortfolioConstructionModel,
    ConfidenceWeightedPortfolioConstructionModel,
    EqualWeightingPortfolioConstructionModel,
    InsightWeightingPortfolioConstructionModel,
)
from minilean.framework.portfolio_target import PortfolioTarget
from minilean.framework.risk.risk_models import (
    CompositeRiskManagementModel,
    MaximumDrawdownPercentPerSecurity,
    MaximumDrawdownPercentPortfolio,
    MaximumUnrealizedProfitPercentPerSecurity,
    NullRiskManagementModel,
    RiskManagementModel,
    TrailingStopRiskManagementModel,
)

IAlphaModel = AlphaModel
IExecutionModel = ExecutionModel
IPortfolioConstructionModel = PortfolioConstructionModel
IPortfolioTarget = PortfolioTarget
IRiskManagementModel = RiskManagementModel

__all__ = [
    "AccumulativeInsightPortfolioConstructionModel",
    "AlphaModel",
    "BasePairsTradingAlphaModel",
    "BuyingPowerModelExtensions",
    "CompositeAlphaModel",
    "CompositeRiskManagementModel",
    "ConfidenceWeightedPortfolioConstructionModel",
    "ConstantAlphaModel",
    "EmaCrossAlphaModel",
    "EqualWeightingPortfolioConstructionModel",
    "ExecutionModel",
    "Extensions",
    "GeneratedInsightsCollection",
    "HistoricalReturnsAlphaModel",
    "IAlphaModel",
    "IExecutionModel",
    "IPortfolioConstructionModel",
    "IPortfolioTarget",
    "IRiskManagementModel",
    "ImmediateExecutionModel",
    "Insight",
    "InsightCollection",
    "InsightDirection",
    "InsightManager",
    "InsightScore",
    "InsightScoreType",
    "InsightType",
    "InsightWeightingPortfolioConstructionModel",
    "MacdAlphaModel",
    "MaximumDrawdownPercentPerSecurity",
    "MaximumDrawdownPercentPortfolio",
    "MaximumUnrealizedProfitPercentPerSecurity",
    "MeanReversionPortfolioConstructionModel",
    "NullAlphaModel",
    "NullExecutionModel",
    "NullPortfolioConstructionModel",
    "NullRiskManagementModel",
    "OrderSizing",
    "PearsonCorrelationPairsTradingAlphaModel",
    "PortfolioBias",
    "PortfolioConstructionModel",
    "PortfolioTargetCollection",
    "PositionSide",
    "RiskManagementModel",
    "RiskParityPortfolioConstructionModel",
    "RsiAlphaModel",
    "SpreadExecutionModel",
    "StandardDeviationExecutionModel",
    "Time",
    "TimeSpan",
    "TrailingStopRiskManagementModel",
    "VolumeWeightedAveragePriceExecutionModel",
]
