"""What strategies import: ``from AlgorithmImports import *``."""

from collections import *
from typing import *

from minilean.enums import *
from minilean.indicators.base import *
from minilean.indicators.momentum import *
from minilean.indicators.moving_averages import *
from minilean.indicators.volatility import *
from minilean.lazy_module import LazyModule
from minilean.orders.order import *

np = LazyModule("numpy")
pd = LazyModule("pandas")
plt = LazyModule("matplotlib.pyplot")
