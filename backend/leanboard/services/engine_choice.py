"""Which engine runs a request. Pure: what is there is handed in."""

from collections.abc import Mapping

from leanboard.engines.base import Availability
from leanboard.errors import EngineUnavailable, StrategyUnsupported
from leanboard.models.requests import EngineChoice
from leanboard.models.run import EngineName
from leanboard.models.strategies import StrategyInfo


def choose_engine(
    asked: EngineChoice,
    default: EngineChoice,
    available: Mapping[EngineName, Availability],
    strategy: StrategyInfo | None,
) -> EngineName:
    """Return the engine to use.

    Args:
        asked: By the request.
        default: The setting, for requests that say auto.
        available: Every engine of this service.
        strategy: None where the strategy is not in the catalogue (recordings).

    Raises:
        EngineUnavailable: The engine that was asked for, or every one, is not there.
        StrategyUnsupported: The engine is there but does not support the strategy; names what.
    """
    choice = default if asked is EngineChoice.AUTO else asked
    if choice is not EngineChoice.AUTO:
        return _explicit(EngineName(choice.value), available, strategy)
    docker = available.get(EngineName.DOCKER, _SWITCHED_OFF)
    if docker.ready:
        return EngineName.DOCKER
    embedded = available.get(EngineName.EMBEDDED)
    refusal = _refusal(strategy)
    if embedded is not None and embedded.ready and not refusal:
        return EngineName.EMBEDDED
    if refusal:
        msg = f"{refusal}; and the docker engine is not there: {docker.detail}. {_capitalised(docker.remedy)}"
        raise StrategyUnsupported(msg, field="engine")
    missing = embedded.detail if embedded else "it is switched off"
    msg = f"no engine is there. docker: {docker.detail} ({docker.remedy}); embedded: {missing}"
    raise EngineUnavailable(msg, field="engine")


def _explicit(
    name: EngineName,
    available: Mapping[EngineName, Availability],
    strategy: StrategyInfo | None,
) -> EngineName:
    found = available.get(name, _SWITCHED_OFF)
    if not (found.ready or found.on_request):
        msg = f"engine {name.value} is not there: {found.detail}. {_capitalised(found.remedy)}"
        raise EngineUnavailable(msg, field="engine")
    if name is EngineName.EMBEDDED and (refusal := _refusal(strategy)):
        raise StrategyUnsupported(refusal, field="strategy_name")
    return name


_SWITCHED_OFF = Availability(
    ready=False,
    detail="it is switched off",
    remedy="for recordings, set LEANBOARD_RECORDINGS to their folder",
)


def _refusal(strategy: StrategyInfo | None) -> str:
    if strategy is None or strategy.embedded.supported is not False:
        return ""
    uses = "; ".join(
        f"line {use.line}: {use.message}" if use.line else use.message for use in strategy.embedded.unsupported[:5]
    )
    return f"strategy {strategy.name} cannot run on the embedded engine: {uses}"


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
