"""What the models of the framework share: two spellings of everything, as strategies may write either."""

from typing import Any, Self

from minilean.surface import Model, snake_case


class FrameworkModel(Model):
    """Base of the framework's models; state is in place before the strategy's ``__init__`` runs, called on or not."""

    def __new__(cls, *_: Any, **__: Any) -> Self:  # noqa: ANN401 - the arguments of the strategy's own class
        """Make the model with its state."""
        model = object.__new__(cls)
        model.begin_()
        return model

    def begin_(self) -> None:
        """Set the state of a new model."""

    def __setattr__(self, name: str, value: object) -> None:
        snake = snake_case(name) if name[:1].isupper() else name
        object.__setattr__(self, snake if hasattr(type(self), snake) else name, value)


def require_methods(model: Any, interface: str, *names: str) -> None:  # noqa: ANN401 - any object
    """Check that what a strategy gives as a model has the methods of one.

    Raises:
        NotImplementedError: A method is missing.
    """
    for name in names:
        pascal = "".join(part.capitalize() for part in name.split("_"))
        if not hasattr(model, name) and not hasattr(model, pascal):
            raise NotImplementedError(
                f"{interface}.{pascal} must be implemented. Please implement this missing method on {type(model)}"
            )
