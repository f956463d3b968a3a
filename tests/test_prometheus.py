"""Metrics of prometheus_client: registered once, and counting on where they are the same."""

from __future__ import annotations

import pytest

from libraries import Library, needs

prometheus = Library("prometheus_client")
pytestmark = needs("prometheus_client")

METRICS = """
from prometheus_client import Counter, Gauge, Histogram
PREFIX = "app"
HITS = Counter("hits", "How often.", ["path"])
SIZE = Gauge(PREFIX + "_size", "How much.")
TIME = Histogram("time_seconds", "How long.")
def hit(path): HITS.labels(path).inc()
@TIME.time()
def work(): return 1
"""


@pytest.fixture
def registry(monkeypatch):
    """The default registry, as it is in a new process."""
    import prometheus_client.metrics as metrics

    registry = prometheus.CollectorRegistry()
    for name in ("Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"):
        function = getattr(metrics, name).__init__
        monkeypatch.setattr(
            metrics.MetricWrapperBase.__init__,
            "__defaults__",
            _with(metrics.MetricWrapperBase.__init__, registry),
        ) if name == "Counter" else None
        if function is not metrics.MetricWrapperBase.__init__:
            monkeypatch.setattr(function, "__defaults__", _with(function, registry))
    return registry


def _with(function, registry):
    return tuple(
        registry if isinstance(default, prometheus.CollectorRegistry) else default
        for default in function.__defaults__
    )


@pytest.fixture
def metrics(project, registry):
    project.write({"metrics.py": METRICS})
    return project.load("metrics")


def names(registry):
    return sorted(family.name for family in registry.collect())


def value(registry, name, **labels):
    return registry.get_sample_value(name, labels)


def test_an_edited_metric_is_registered_once(project, metrics, registry):
    metrics.hit("/")
    project.edit("metrics.py", '"How often."', '"How often it was asked for."')
    assert project.refresh() == ["run metrics.HITS"]

    assert names(registry) == ["app_size", "hits", "time_seconds"]
    assert next(f for f in registry.collect() if f.name == "hits").documentation == (
        "How often it was asked for."
    )
    metrics.hit("/")
    assert value(registry, "hits_total", path="/") == 2


def test_the_same_metric_counts_on(project, metrics, registry):
    HITS = metrics.HITS
    metrics.hit("/")
    project.edit("metrics.py", "def hit(path):", "def hit(path, times=1):")
    project.edit("metrics.py", "HITS.labels(path).inc()", "HITS.labels(path).inc(times)")
    project.edit("metrics.py", '"How much."', '"How many."')
    assert project.refresh() == ["run metrics.SIZE", "run metrics.hit"]
    metrics.hit("/", 2)

    assert metrics.HITS is HITS
    assert value(registry, "hits_total", path="/") == 3


def test_a_metric_that_is_run_again_keeps_its_count(project, metrics, registry):
    metrics.SIZE.set(5)
    project.edit("metrics.py", 'PREFIX = "app"', 'PREFIX = "a" "p" + "p"')
    project.refresh()
    assert value(registry, "app_size") == 5
    project.edit("metrics.py", 'PREFIX = "a" "p" + "p"', 'PREFIX = "other"')
    assert project.refresh() == ["run metrics.PREFIX", "rerun metrics.SIZE"]
    assert names(registry) == ["hits", "other_size", "time_seconds"]


def test_a_metric_renamed_and_removed(project, metrics, registry):
    project.edit("metrics.py", '"hits"', '"visits"')
    assert project.refresh() == ["run metrics.HITS"]
    metrics.hit("/")
    assert names(registry) == ["app_size", "time_seconds", "visits"]
    assert value(registry, "visits_total", path="/") == 1

    project.edit("metrics.py", 'SIZE = Gauge(PREFIX + "_size", "How much.")\n', "")
    assert project.refresh() == ["drop metrics.SIZE"]
    assert names(registry) == ["time_seconds", "visits"]


def test_labels_are_edited(project, metrics, registry):
    metrics.hit("/")
    project.edit("metrics.py", '["path"]', '["path", "method"]')
    project.edit("metrics.py", "labels(path)", 'labels(path, "GET")')
    project.refresh()
    metrics.hit("/")
    assert value(registry, "hits_total", path="/", method="GET") == 1
    assert value(registry, "hits_total", path="/") is None


def test_a_decorated_function_feeds_the_metric_that_is_registered(project, metrics, registry):
    metrics.work()
    assert value(registry, "time_seconds_count") == 1
    project.edit("metrics.py", '"How long."', '"How long it took."')
    assert project.refresh() == ["run metrics.TIME"]
    metrics.work()
    assert value(registry, "time_seconds_count") == 2

    project.edit("metrics.py", '"How long it took."', '"How long it took.", buckets=[1, 2]')
    assert project.refresh() == ["run metrics.TIME", "rerun metrics.work"]
    metrics.work()
    assert value(registry, "time_seconds_count") == 1


def test_a_metric_made_inside_a_class(project, registry):
    project.write(
        {
            "app.py": """
        from prometheus_client import Counter
        class Service:
            calls = Counter("calls", "How often.")
            def call(self): self.calls.inc()
        service = Service()
        """
        }
    )
    app = project.load("app")
    app.service.call()
    project.edit("app.py", '"How often."', '"Calls."')
    project.refresh()
    app.service.call()
    assert value(registry, "calls_total") == 2
    project.edit("app.py", "class Service:", "class Service(object):")
    project.refresh()
    app.service.call()
    assert value(registry, "calls_total") == 3


def test_a_failed_batch_leaves_metrics_as_they_were(project, metrics, registry):
    metrics.hit("/")
    project.edit("metrics.py", '"How often."', '"Often."')
    project.write({"metrics.py": project.read("metrics.py") + "raise ValueError\n"})
    project.fail()
    metrics.hit("/")
    assert value(registry, "hits_total", path="/") == 2
    assert names(registry) == ["app_size", "hits", "time_seconds"]
