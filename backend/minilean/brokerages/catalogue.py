"""The brokerage models of this engine by LEAN's names. A further one is entered here and nowhere else."""

from minilean.brokerages.crypto import (
    BinanceBrokerageModel,
    BinanceUSBrokerageModel,
    BitfinexBrokerageModel,
    BybitBrokerageModel,
    CoinbaseBrokerageModel,
    GDAXBrokerageModel,
    KrakenBrokerageModel,
)
from minilean.brokerages.default import DefaultBrokerageModel
from minilean.brokerages.forex import FxcmBrokerageModel, OandaBrokerageModel
from minilean.brokerages.interactive_brokers import InteractiveBrokersBrokerageModel
from minilean.enums import AccountType, BrokerageName
from minilean.surface import NotSupportedError

MODELS: dict[BrokerageName, type[DefaultBrokerageModel]] = {
    model.brokerage: model
    for model in (
        DefaultBrokerageModel,
        InteractiveBrokersBrokerageModel,
        OandaBrokerageModel,
        FxcmBrokerageModel,
        CoinbaseBrokerageModel,
        GDAXBrokerageModel,
        BinanceBrokerageModel,
        BinanceUSBrokerageModel,
        BybitBrokerageModel,
        BitfinexBrokerageModel,
        KrakenBrokerageModel,
    )
}


def create_model(name: BrokerageName, account_type: AccountType) -> DefaultBrokerageModel:
    """Make the model of a brokerage.

    Raises:
        NotSupportedError: The brokerage is known by name only.
    """
    model = MODELS.get(name)
    if model is None:
        raise NotSupportedError(f"set_brokerage_model({name.name}, {account_type.name})")
    return model(account_type)


def is_supported(name: str) -> bool:
    """Tell whether a member of LEAN's ``BrokerageName``, in either spelling, has a model here."""
    try:
        member = getattr(BrokerageName, name)
    except (AttributeError, NotSupportedError):
        return False
    return member in MODELS
