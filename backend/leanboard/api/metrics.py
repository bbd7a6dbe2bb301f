"""What the API measures, and the figures of the service in Prometheus's words."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from leanboard.models.health import HealthReport, WarmSlotsHealth
from leanboard.models.run import BacktestStatus

_POOL = ["engine", "image"]
_DELAYS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class ApiMetrics:
    """The application's own registry; nothing is global, so that applications in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.clients = Gauge("leanboard_stream_clients", "WebSocket connections now", registry=self.registry)
        self.closed = Counter(
            "leanboard_stream_closed",
            "WebSocket connections that were closed by the service",
            ["code"],
            registry=self.registry,
        )
        self.delay = Histogram(
            "leanboard_event_delay_seconds",
            "From the making of an event to its sending, per client",
            buckets=_DELAYS,
            registry=self.registry,
        )
        self._running = Gauge("leanboard_runs_running", "Runs with a sandbox", registry=self.registry)
        self._queued = Gauge("leanboard_runs_queued", "Runs that wait for a slot", registry=self.registry)
        self._limit = Gauge("leanboard_runs_limit", "Runs that may have a sandbox at a time", registry=self.registry)
        self._paused = Gauge("leanboard_queue_paused", "Whether the queue is paused", registry=self.registry)
        self._results = Gauge("leanboard_results", "Finished runs kept", ["status"], registry=self.registry)
        self._free = Gauge("leanboard_free_disk_bytes", "Free space for results", registry=self.registry)
        self._ready = Gauge(
            "leanboard_engine_ready", "Whether the engine could start", ["engine"], registry=self.registry
        )
        self._warm = Gauge("leanboard_warm_slots", "Slots booted ahead", [*_POOL, "state"], registry=self.registry)
        self._warm_runs = Gauge(
            "leanboard_warm_runs",
            "Runs that were given a slot booted ahead (hit), or booted their own (miss), since the start",
            [*_POOL, "outcome"],
            registry=self.registry,
        )
        self._warm_boot = Gauge(
            "leanboard_warm_boot_seconds", "Duration of the last boot ahead", _POOL, registry=self.registry
        )
        self._uptime = Gauge("leanboard_uptime_seconds", "Since the service started", registry=self.registry)

    def take(self, report: HealthReport, results: dict[BacktestStatus, int]) -> None:
        """Set the gauges to what was found just now."""
        self._running.set(report.running)
        self._queued.set(report.queued)
        self._paused.set(report.paused)
        if report.max_running is not None:
            self._limit.set(report.max_running)
        self._uptime.set(report.uptime)
        if report.free_disk_mb is not None:
            self._free.set(report.free_disk_mb * 1024 * 1024)
        for engine in report.engines:
            self._ready.labels(engine.name).set(engine.ready)
        for slots in report.warm:
            self._take_warm(slots)
        for status, count in results.items():
            self._results.labels(status.value).set(count)

    def _take_warm(self, slots: WarmSlotsHealth) -> None:
        for state, count in (("ready", slots.ready), ("booting", slots.booting)):
            self._warm.labels(slots.engine, slots.image, state).set(count)
        for outcome, count in (("hit", slots.hits), ("miss", slots.misses)):
            self._warm_runs.labels(slots.engine, slots.image, outcome).set(count)
        if slots.boot_seconds is not None:
            self._warm_boot.labels(slots.engine, slots.image).set(slots.boot_seconds)
