"""Which engine runs a request, and how it is refused."""

import pytest

from leanboard.engines.base import Availability
from leanboard.errors import EngineUnavailable, StrategyUnsupported
from leanboard.models.requests import EngineChoice
from leanboard.models.run import EngineName
from leanboard.models.strategies import EmbeddedSupport, StrategyInfo, UnsupportedFeature
from leanboard.services.engine_choice import choose_engine

READY = Availability(ready=True, detail="there")
ABSENT = Availability(ready=False, detail="no socket", remedy="start Docker")
PLAIN = StrategyInfo(name="plain", path="plain/main.py", embedded=EmbeddedSupport(supported=True))
OPTIONS = StrategyInfo(
    name="options",
    path="options/main.py",
    embedded=EmbeddedSupport(
        supported=False,
        unsupported=(UnsupportedFeature(name="add_option", line=7, message="`add_option` is not supported"),),
    ),
)
AUTO = EngineChoice.AUTO


def test_auto_takes_docker_when_it_is_there():
    available = {EngineName.DOCKER: READY, EngineName.EMBEDDED: READY}
    assert choose_engine(AUTO, AUTO, available, OPTIONS) is EngineName.DOCKER


def test_auto_falls_back_to_embedded_for_a_supported_strategy():
    available = {EngineName.DOCKER: ABSENT, EngineName.EMBEDDED: READY}
    assert choose_engine(AUTO, AUTO, available, PLAIN) is EngineName.EMBEDDED


def test_auto_refuses_and_names_both_what_is_unsupported_and_what_is_missing():
    available = {EngineName.DOCKER: ABSENT, EngineName.EMBEDDED: READY}
    with pytest.raises(StrategyUnsupported) as refusal:
        choose_engine(AUTO, AUTO, available, OPTIONS)
    for part in ("options", "line 7", "add_option", "no socket", "Start Docker"):
        assert part in refusal.value.detail


def test_auto_fetches_no_image_and_says_how_to_have_it_fetched():
    fetchable = Availability(ready=False, on_request=True, detail="not pulled yet", remedy="ask for engine docker")
    available = {EngineName.DOCKER: fetchable, EngineName.EMBEDDED: READY}
    assert choose_engine(AUTO, AUTO, available, PLAIN) is EngineName.EMBEDDED
    with pytest.raises(StrategyUnsupported, match="Ask for engine docker"):
        choose_engine(AUTO, AUTO, available, OPTIONS)


def test_auto_refuses_when_nothing_is_there():
    with pytest.raises(EngineUnavailable) as refusal:
        choose_engine(AUTO, AUTO, {EngineName.DOCKER: ABSENT}, PLAIN)
    assert "no socket" in refusal.value.detail


def test_the_setting_decides_for_auto_and_the_request_overrules_it():
    available = {EngineName.DOCKER: READY, EngineName.EMBEDDED: READY}
    assert choose_engine(AUTO, EngineChoice.EMBEDDED, available, PLAIN) is EngineName.EMBEDDED
    assert choose_engine(EngineChoice.DOCKER, EngineChoice.EMBEDDED, available, PLAIN) is EngineName.DOCKER


def test_an_asked_engine_that_is_not_there_is_refused_with_the_remedy():
    with pytest.raises(EngineUnavailable, match="Start Docker"):
        choose_engine(EngineChoice.DOCKER, AUTO, {EngineName.DOCKER: ABSENT}, PLAIN)
    with pytest.raises(EngineUnavailable, match="LEANBOARD_RECORDINGS"):
        choose_engine(EngineChoice.REPLAY, AUTO, {}, None)


def test_embedded_asked_for_refuses_by_name():
    with pytest.raises(StrategyUnsupported, match="add_option"):
        choose_engine(EngineChoice.EMBEDDED, AUTO, {EngineName.EMBEDDED: READY}, OPTIONS)
