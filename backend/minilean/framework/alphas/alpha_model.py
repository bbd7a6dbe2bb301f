"""The base of alpha models, the empty one and the one that is made of several."""

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from minilean.data.slice import Slice
from minilean.data.time_slice import SecurityChanges
from minilean.framework.algorithm import Algorithm
from minilean.framework.insight import Insight
from minilean.framework.model import FrameworkModel, require_methods
from minilean.surface import model_method


class AlphaModel(FrameworkModel):
    """Makes insights of data."""

    name_: str

    def begin_(self) -> None:
        """Take a random name, as LEAN."""
        self.name_ = str(uuid.uuid4())

    @property
    def name(self) -> str:
        """What insights of this model carry as their source."""
        return self.name_

    @name.setter
    def name(self, value: str) -> None:
        self.name_ = value

    def update(self, algorithm: Algorithm, data: Slice) -> Iterable[Insight]:
        """Return the insights of a moment.

        Raises:
            NotImplementedError: Always; models define it.
        """
        raise NotImplementedError(
            "Types deriving from 'AlphaModel' must implement the "
            "'IEnumerable<Insight> Update(QCAlgorithm, Slice) method."
        )

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:
        """Take securities that joined or left."""


class NullAlphaModel(AlphaModel):
    """Makes no insights."""

    def update(self, algorithm: Algorithm, data: Slice) -> Iterable[Insight]:  # noqa: ARG002 - LEAN's signature
        """Return nothing."""
        return []


class CompositeAlphaModel(AlphaModel):
    """Asks several models in turn."""

    def __init__(self, *alpha_models: Any) -> None:  # noqa: ANN401 - models, LEAN's or the strategy's
        if not alpha_models:
            raise ValueError("Must specify at least 1 alpha model for the CompositeAlphaModel")
        self.models_: list[Any] = []
        for model in alpha_models:
            self.add_alpha(model)

    def add_alpha(self, alpha_model: Any) -> None:  # noqa: ANN401 - a model
        """Add a model."""
        self.models_.append(as_alpha_model(alpha_model))

    def update(self, algorithm: Algorithm, data: Slice) -> Iterator[Insight]:
        """Return the insights of all models, each with its model's name as the source."""
        for model in self.models_:
            name = model_name(model)
            for insight in model_method(model, "update")(algorithm, data):
                insight.source_model = insight.source_model or name
                yield insight

    def on_securities_changed(self, algorithm: Algorithm, changes: SecurityChanges) -> None:
        """Tell all models."""
        for model in self.models_:
            model_method(model, "on_securities_changed")(algorithm, changes)


def as_alpha_model(model: Any) -> Any:  # noqa: ANN401 - an alpha model, or an object with its methods
    """Return what a strategy gives as an alpha model.

    Raises:
        NotImplementedError: A method is missing.
    """
    require_methods(model, "IAlphaModel", "update", "on_securities_changed")
    return model


def model_name(model: Any) -> str:  # noqa: ANN401
    """Return the name of a model, that of its class when it has none."""
    for spelling in ("name", "Name"):
        name = getattr(model, spelling, None)
        if isinstance(name, str):
            return name
    return type(model).__name__
