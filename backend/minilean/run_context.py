"""The run that code of this thread belongs to, for what strategies make without an algorithm at hand: symbols, targets.

LEAN has static members for it; here the parts of a run (`algorithm.context.AlgorithmContext`) are found by this.
"""

from contextvars import ContextVar
from typing import Any

CONTEXT: ContextVar[Any] = ContextVar("minilean_algorithm_context")
