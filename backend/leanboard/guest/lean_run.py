"""Leanboard's guest: runs inside LEAN (and inside minilean) as its algorithm file; the service never imports it.

It boots what is slow (AlgorithmImports), says that it is ready, waits for ``job.json``, loads the user's module from
``code/`` and hands LEAN a subclass of the user's class that applies the job's dates, cash and parameters and writes
frames (progress, equity) to ``frames.ndjson``. What works inside real LEAN was measured; each odd-looking line has
its reason beside it. Only the standard library, and nothing that needs more than Python 3.8.

``LEANBOARD_JOB`` names the job's file. Its fields: ``module`` (file in ``code``), ``code``, ``output`` (folders),
``class_name`` or null, ``name`` (of the run), ``parameters`` (text to text), ``start_date``, ``end_date``
("YYYY-MM-DD" or null), ``initial_cash`` (text or null), ``commission`` (null, or ``per_order`` and ``fraction``, one of
them null, texts), ``packages`` (folder with what requirements.txt asks for, or null).

With ``LEANBOARD_FRAMES=stdout`` each frame goes to stdout as well, as a line ``@@LEANBOARD frame {...}``: for a
service that sees files only when the run has ended.
"""

import importlib.machinery as _machinery
import importlib.util as _import_util
import sys as _sys
import types as _types
from importlib import import_module as _import_module

_PLOTTING = ("matplotlib", "matplotlib.pyplot")
_READ_BY_IMPORTS = ("__path__", "__all__", "__version__")


class _LazyModule(_types.ModuleType):
    """Stands in sys.modules for a module that is imported when something of it is first read."""

    def __getattr__(self, name):
        if name[:2] == "__" and name not in _READ_BY_IMPORTS:
            raise AttributeError(name)  # who looks through all of sys.modules must not import it
        real = _real(self.__name__)
        if name == "__all__" and not hasattr(real, name):  # for a star import, which would copy from this one
            return [each for each in vars(real) if each[:1] != "_"]
        return getattr(real, name)

    def __setattr__(self, name, value):
        # Python sets a submodule on what it found as its parent, which may still be this.
        super().__setattr__(name, value)
        real = _sys.modules.get(self.__name__)
        if real is not None and real is not self:
            setattr(real, name, value)


def _real(name):
    for each in _PLOTTING:
        if type(_sys.modules.get(each)) is _LazyModule:
            del _sys.modules[each]
    return _import_module(name)


def _postpone_plotting():
    # AlgorithmImports imports pyplot, which takes a third of the boot and which hardly any strategy uses.
    if "matplotlib" in _sys.modules or _import_util.find_spec("matplotlib") is None:
        return
    for name in _PLOTTING:
        module = _sys.modules[name] = _LazyModule(name)
        module.__spec__ = _machinery.ModuleSpec(name, None)  # find_spec refuses modules without one
    _sys.modules["matplotlib"].pyplot = _sys.modules["matplotlib.pyplot"]  # read by `import matplotlib.pyplot as plt`


_postpone_plotting()

from AlgorithmImports import *  # noqa: E402

import json as _json  # noqa: E402
import os as _os  # noqa: E402
import time as _time  # noqa: E402

_POLL_SECONDS = 0.01  # sleeping releases the GIL; an idle LEAN stays under one per cent of a core
_FRAME_SECONDS = 0.1  # of wall time between two frames
_DAYS_WITH_FRAMES = 700  # a longer period of daily or hourly bars has a frame a week: a hundred and more


def _wait_for_job():
    path = _os.environ["LEANBOARD_JOB"]
    _os.write(2, b"@@LEANBOARD ready\n")  # print is muted inside LEAN and arrives late; this arrives at once
    while not _os.path.exists(path):
        _time.sleep(_POLL_SECONDS)
    _os.write(2, b"@@LEANBOARD job\n")  # from here on the user's code may have run
    with open(path, encoding="utf-8") as file:  # renamed into place: whole or absent
        return _json.load(file)


def _add_packages(folder):
    """Put the packages of requirements.txt before those of this Python, and behind LEAN's and the standard library.

    That is where `pip install --user` puts them, which lean-cli uses. What LEAN has loaded already stays loaded.
    """
    import site

    before = list(_sys.path)
    site.addsitedir(folder)  # with .pth files, as for every folder with packages
    added = [each for each in _sys.path if each not in before]
    ends = [place for place, each in enumerate(before) if each.rstrip("/").endswith(("site-packages", "dist-packages"))]
    place = ends[0] if ends else len(before)
    _sys.path[:] = before[:place] + added + before[place:]
    for name in sorted({each.partition(".")[0] for each in _os.listdir(folder)}):
        loaded = getattr(_sys.modules.get(name), "__file__", None)
        if loaded and not loaded.startswith(folder):
            own = getattr(_sys.modules[name], "__version__", "")
            text = f"requirements.txt: {name} is not taken from there: LEAN has loaded its own, {own or loaded}\n"
            _os.write(2, text.encode())


def _load_user_module(job):
    _sys.path.insert(0, job["code"])
    if job.get("packages"):
        _add_packages(job["packages"])
    path = _os.path.join(job["code"], job["module"])
    name = _os.path.splitext(job["module"])[0]
    if name in _sys.modules:  # a user's file may be called like a module that LEAN has loaded
        name = "user_" + name
    spec = _import_util.spec_from_file_location(name, path)
    module = _import_util.module_from_spec(spec)
    _sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _candidates(module):
    # issubclass() is True for any two classes with the same .NET base: only the __mro__ tells.
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__ and QCAlgorithm in value.__mro__
    ]
    found = list(dict.fromkeys(found))  # an alias in the module is not a second class
    return [c for c in found if not any(c is not other and c in other.__mro__ for other in found)]


def _user_class(module, wanted):
    found = _candidates(module)
    if wanted:
        found = [c for c in found if c.__name__ == wanted] or found
    if not found:
        raise Exception("Please ensure that one class inherits from QCAlgorithm.")
    if len(found) > 1:
        names = ", ".join(sorted(c.__name__ for c in found))
        raise Exception("Several classes inherit from QCAlgorithm: " + names + ". Keep one of them in this file.")
    return found[0]


def _date_parts(text):
    return tuple(int(part) for part in text.split("-"))


def _number(text):
    # 5000.0 would show as "5000.0" in LEAN's statistics: its decimals keep their trailing zeros.
    value = float(text)
    return int(value) if value == int(value) else value


def _text_dictionary(values):
    # A Python dict is refused with "No method matches given arguments".
    from System import String
    from System.Collections.Generic import Dictionary

    result = Dictionary[String, String]()
    for key, value in values.items():
        result[key] = value
    return result


class _FrameWriter:
    """Appends one JSON object a frame; at most ten a second, because a simulated day may take microseconds."""

    def __init__(self, folder, zone):
        self._zone = zone
        path = _os.path.join(folder, "frames.ndjson")
        self._file = _os.open(path, _os.O_WRONLY | _os.O_CREAT | _os.O_APPEND, 0o644)
        self._on_stdout = _os.environ.get("LEANBOARD_FRAMES") == "stdout"
        self._next = 0.0

    def write(self, algorithm):
        now = _time.monotonic()
        if now < self._next:
            return
        self._next = now + _FRAME_SECONDS
        portfolio = algorithm.portfolio
        frame = {
            "t": algorithm.time.strftime("%Y-%m-%dT%H:%M:%S"),
            "w": round(_time.time(), 3),
            "equity": float(portfolio.total_portfolio_value),
            "cash": float(portfolio.cash),
            "holdings": float(portfolio.total_holdings_value),
            "unrealised": float(portfolio.total_unrealized_profit),
            "orders": int(algorithm.transactions.orders_count),
            "warming_up": bool(algorithm.is_warming_up),
            "zone": self._zone,
        }
        line = (_json.dumps(frame) + "\n").encode()
        _os.write(self._file, line)
        if self._on_stdout:
            _os.write(1, b"@@LEANBOARD frame " + line)  # one call: no other thread's line comes in between


def _frame_days(algorithm):
    """Choose the days with a frame: each, or one a week of many years of daily bars.

    A day of those is over in a tenth of a millisecond, of which an event of its own would be a large part. What a
    universe will choose is not known here.
    """
    try:
        found = list(algorithm.subscription_manager.subscriptions)
        coarse = all(each.resolution in (Resolution.DAILY, Resolution.HOUR) for each in found)
        if found and coarse and (algorithm.end_date - algorithm.start_date).days > _DAYS_WITH_FRAMES:
            return algorithm.date_rules.week_start()
    except Exception:  # noqa: BLE001, S110  # another LEAN may call something otherwise; every day is always right
        pass
    return algorithm.date_rules.every_day()


def _zone_name(algorithm):
    try:
        return str(algorithm.time_zone.id)
    except Exception:  # noqa: BLE001  # older LEAN may call it otherwise; the service takes New York then, as LEAN does
        return None


def _write_applied(folder, effective):
    path = _os.path.join(folder, "applied.json")
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        _json.dump({"effective": effective, "ignored": {}}, file)
    _os.replace(path + ".tmp", path)


def _fraction_of_value(fraction, currency):
    class FractionOfValue(FeeModel):  # in here: in LEAN's search for the algorithm, the module has one class of ours
        def get_order_fee(self, parameters):
            value = parameters.order.get_value(parameters.security)  # in the account's currency
            return OrderFee(CashAmount(abs(value) * fraction, currency))

    return FractionOfValue()


def _take_commission(algorithm, commission):
    """Have every order pay it: of the securities that are there, and of those that are added later.

    Called when the strategy is initialized, and not before as well: a brokerage model that it sets would then make
    LEAN warn of a security initializer that is not the strategy's. No order can be placed until then.
    """
    currency = algorithm.account_currency
    if commission["per_order"] is not None:
        model = ConstantFeeModel(_number(commission["per_order"]), currency)
    else:
        model = _fraction_of_value(float(commission["fraction"]), currency)
    algorithm.add_security_initializer(lambda security: security.set_fee_model(model))
    for security in algorithm.securities.values():
        security.set_fee_model(model)


def _make_run_class(user_class, job):
    class LeanRun(user_class):
        _leanboard_locked = False

        def set_start_date(self, *args):
            if not (self._leanboard_locked and job["start_date"]):
                super().set_start_date(*args)

        def set_end_date(self, *args):
            if not (self._leanboard_locked and job["end_date"]):
                super().set_end_date(*args)

        def set_cash(self, *args, **kwargs):
            # set_cash("EUR", 1000) adds another currency and passes.
            if not (self._leanboard_locked and job["initial_cash"]) or len(args) > 1:
                super().set_cash(*args, **kwargs)

        SetStartDate, SetEndDate, SetCash = set_start_date, set_end_date, set_cash

        def _leanboard_apply(self):
            effective = {}
            if job["start_date"]:
                self.set_start_date(*_date_parts(job["start_date"]))
                effective["start_date"] = job["start_date"]
            if job["end_date"]:
                self.set_end_date(*_date_parts(job["end_date"]))
                effective["end_date"] = job["end_date"]
            if job["initial_cash"]:
                self.set_cash(_number(job["initial_cash"]))
                effective["initial_cash"] = job["initial_cash"]
            return effective

        def initialize(self):
            if job.get("name"):
                self.set_name(job["name"])  # that of config.json is another run's where LEAN booted ahead
            if job["parameters"]:
                self.set_parameters(_text_dictionary(job["parameters"]))
            effective = self._leanboard_apply()  # before, so that the user's code sees the new values
            self._leanboard_locked = True
            try:
                # Through the class that defines it: for a user's `Initialize`, super().initialize() is LEAN's own.
                for cls in type(self).__mro__[1:]:
                    function = cls.__dict__.get("initialize") or cls.__dict__.get("Initialize")
                    if isinstance(function, _types.FunctionType):
                        function(self)
                        break
                else:
                    super().initialize()  # LEAN's own says that there has to be one
            finally:
                self._leanboard_locked = False
            self._leanboard_apply()  # again: an unbound QCAlgorithm.SetCash(self, ..) slips past the setters above
            if job.get("commission"):
                _take_commission(self, job["commission"])
                effective["commission"] = job["commission"]["per_order"] or job["commission"]["fraction"]
            effective.update(("parameters." + key, value) for key, value in job["parameters"].items())
            _write_applied(job["output"], effective)
            frames = _FrameWriter(job["output"], _zone_name(self))
            self.schedule.on(
                "Leanboard frames",
                _frame_days(self),
                self.time_rules.midnight,
                lambda: frames.write(self),
            )

    return LeanRun


_job = _wait_for_job()
LeanRun = _make_run_class(_user_class(_load_user_module(_job), _job["class_name"]), _job)
LeanRun.__module__ = __name__  # LEAN finds its class by the module's name in the class's repr
LeanRun.__name__ = LeanRun.__qualname__ = LeanRun.__mro__[1].__name__  # Python's messages name the user's class
