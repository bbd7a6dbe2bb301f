"""LEAN's named constants: markets, zones and colors; they answer to UPPER_SNAKE and to LEAN's PascalCase."""

from typing import Any, NamedTuple

from minilean.surface import NotSupportedError, snake_case


class _Names(type):
    def __getattr__(cls, name: str) -> Any:  # noqa: ANN401 - constants of any kind
        upper = snake_case(name).upper()
        if upper != name and upper in cls.__dict__:
            return cls.__dict__[upper]
        if name[:1].isupper():
            raise NotSupportedError(f"{cls.__name__}.{name}")
        raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")


class Market(metaclass=_Names):
    """Markets by LEAN's names of them."""

    USA = "usa"
    OANDA = "oanda"
    FXCM = "fxcm"
    DUKASCOPY = "dukascopy"
    BITFINEX = "bitfinex"
    GLOBEX = "cmeglobex"
    NYMEX = "nymex"
    CBOT = "cbot"
    ICE = "ice"
    CBOE = "cboe"
    CFE = "cfe"
    INDIA = "india"
    COMEX = "comex"
    CME = "cme"
    EUREX = "eurex"
    SGX = "sgx"
    HKFE = "hkfe"
    OSE = "ose"
    NYSELIFFE = "nyseliffe"
    GDAX = "coinbase"
    KRAKEN = "kraken"
    BITSTAMP = "bitstamp"
    OK_COIN = "okcoin"
    BITHUMB = "bithumb"
    BINANCE = "binance"
    POLONIEX = "poloniex"
    COINONE = "coinone"
    HIT_BTC = "hitbtc"
    BITTREX = "bittrex"
    FTX = "ftx"
    FTXUS = "ftxus"
    BINANCE_US = "binanceus"
    BYBIT = "bybit"
    COINBASE = "coinbase"
    INTERACTIVE_BROKERS = "interactivebrokers"
    DYDX = "dydx"
    KRX = "krx"


class Currencies(metaclass=_Names):
    """Currencies by LEAN's names of them."""

    USD = "USD"
    EUR = "EUR"
    GBP = "GBP"
    INR = "INR"
    IDR = "IDR"
    CNH = "CNH"
    CHF = "CHF"
    HKD = "HKD"
    JPY = "JPY"
    KRW = "KRW"
    NULL_CURRENCY = "QCC"


class FixedUtc(str):
    """The zone that LEAN's ``TimeZones.UTC`` means: it is not the one of that name in the tz database."""

    __slots__ = ()


class TimeZones(metaclass=_Names):
    """Zones by their names in the tz database."""

    UTC = FixedUtc("UTC")
    NEW_YORK = "America/New_York"
    EASTERN_STANDARD = "UTC-05"
    LONDON = "Europe/London"
    HONG_KONG = "Asia/Hong_Kong"
    TOKYO = "Asia/Tokyo"
    ROME = "Europe/Rome"
    SYDNEY = "Australia/Sydney"
    VANCOUVER = "America/Vancouver"
    TORONTO = "America/Toronto"
    CHICAGO = "America/Chicago"
    LOS_ANGELES = "America/Los_Angeles"
    PHOENIX = "America/Phoenix"
    AUCKLAND = "Pacific/Auckland"
    MOSCOW = "Europe/Moscow"
    MADRID = "Europe/Madrid"
    BUENOS_AIRES = "America/Argentina/Buenos_Aires"
    BRISBANE = "Australia/Brisbane"
    SAO_PAULO = "America/Sao_Paulo"
    CAIRO = "Africa/Cairo"
    JOHANNESBURG = "Africa/Johannesburg"
    ANCHORAGE = "America/Anchorage"
    DENVER = "America/Denver"
    DETROIT = "America/Detroit"
    MEXICO_CITY = "America/Mexico_City"
    JERUSALEM = "Asia/Jerusalem"
    SHANGHAI = "Asia/Shanghai"
    MELBOURNE = "Australia/Melbourne"
    AMSTERDAM = "Europe/Amsterdam"
    ATHENS = "Europe/Athens"
    BERLIN = "Europe/Berlin"
    BUCHAREST = "Europe/Bucharest"
    DUBLIN = "Europe/Dublin"
    HELSINKI = "Europe/Helsinki"
    ISTANBUL = "Europe/Istanbul"
    MINSK = "Europe/Minsk"
    PARIS = "Europe/Paris"
    ZURICH = "Europe/Zurich"
    HONOLULU = "Pacific/Honolulu"
    KOLKATA = "Asia/Kolkata"


class RgbColor(NamedTuple):
    """A color by its parts from 0 to 255."""

    r: int
    g: int
    b: int
    a: int = 255


_COLORS = """
aliceblue f0f8ff antiquewhite faebd7 aqua 00ffff aquamarine 7fffd4 azure f0ffff beige f5f5dc bisque ffe4c4 black 000000
blanchedalmond ffebcd blue 0000ff blueviolet 8a2be2 brown a52a2a burlywood deb887 cadetblue 5f9ea0 chartreuse 7fff00
chocolate d2691e coral ff7f50 cornflowerblue 6495ed cornsilk fff8dc crimson dc143c cyan 00ffff darkblue 00008b
darkcyan 008b8b darkgoldenrod b8860b darkgray a9a9a9 darkgreen 006400 darkkhaki bdb76b darkmagenta 8b008b
darkolivegreen 556b2f darkorange ff8c00 darkorchid 9932cc darkred 8b0000 darksalmon e9967a darkseagreen 8fbc8b
darkslateblue 483d8b darkslategray 2f4f4f darkturquoise 00ced1 darkviolet 9400d3 deeppink ff1493 deepskyblue 00bfff
dimgray 696969 dodgerblue 1e90ff firebrick b22222 floralwhite fffaf0 forestgreen 228b22 fuchsia ff00ff
gainsboro dcdcdc ghostwhite f8f8ff gold ffd700 goldenrod daa520 gray 808080 green 008000 greenyellow adff2f
honeydew f0fff0 hotpink ff69b4 indianred cd5c5c indigo 4b0082 ivory fffff0 khaki f0e68c lavender e6e6fa
lavenderblush fff0f5 lawngreen 7cfc00 lemonchiffon fffacd lightblue add8e6 lightcoral f08080 lightcyan e0ffff
lightgoldenrodyellow fafad2 lightgray d3d3d3 lightgreen 90ee90 lightpink ffb6c1 lightsalmon ffa07a
lightseagreen 20b2aa lightskyblue 87cefa lightslategray 778899 lightsteelblue b0c4de lightyellow ffffe0 lime 00ff00
limegreen 32cd32 linen faf0e6 magenta ff00ff maroon 800000 mediumaquamarine 66cdaa mediumblue 0000cd
mediumorchid ba55d3 mediumpurple 9370db mediumseagreen 3cb371 mediumslateblue 7b68ee mediumspringgreen 00fa9a
mediumturquoise 48d1cc mediumvioletred c71585 midnightblue 191970 mintcream f5fffa mistyrose ffe4e1 moccasin ffe4b5
navajowhite ffdead navy 000080 oldlace fdf5e6 olive 808000 olivedrab 6b8e23 orange ffa500 orangered ff4500
orchid da70d6 palegoldenrod eee8aa palegreen 98fb98 paleturquoise afeeee palevioletred db7093 papayawhip ffefd5
peachpuff ffdab9 peru cd853f pink ffc0cb plum dda0dd powderblue b0e0e6 purple 800080 rebeccapurple 663399 red ff0000
rosybrown bc8f8f royalblue 4169e1 saddlebrown 8b4513 salmon fa8072 sandybrown f4a460 seagreen 2e8b57 seashell fff5ee
sienna a0522d silver c0c0c0 skyblue 87ceeb slateblue 6a5acd slategray 708090 snow fffafa springgreen 00ff7f
steelblue 4682b4 tan d2b48c teal 008080 thistle d8bfd8 tomato ff6347 turquoise 40e0d0 violet ee82ee wheat f5deb3
white ffffff whitesmoke f5f5f5 yellow ffff00 yellowgreen 9acd32
"""


class _ColorNames(type):
    def __getattr__(cls, name: str) -> RgbColor:
        hexadecimal = dict(zip(*[iter(_COLORS.split())] * 2, strict=True)).get(name.replace("_", "").lower())
        if hexadecimal is None or not name[:1].isupper():
            raise AttributeError(f"type object 'Color' has no attribute '{name}'")
        return RgbColor(*bytes.fromhex(hexadecimal))


class Color(metaclass=_ColorNames):
    """.NET's colors by name, and others by their parts."""

    EMPTY = None
    Empty = None

    @staticmethod
    def from_argb(*parts: int) -> RgbColor:
        """Return a color: red, green and blue, perhaps the opacity before them."""
        alpha, (red, green, blue) = (parts[0], parts[1:]) if len(parts) == 4 else (255, parts)
        return RgbColor(red, green, blue, alpha)

    FromArgb = from_argb
