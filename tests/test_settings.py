"""Settings that cannot work stop the start and say why."""

import os

import pytest
from pydantic import ValidationError

from leanboard.models.notifications import NotifyOn
from leanboard.settings import Settings


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith("LEANBOARD_"):
            monkeypatch.delenv(name)


def test_loopback_needs_no_key():
    assert Settings().host == "127.0.0.1"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_a_reachable_address_without_a_key_is_refused(host):
    with pytest.raises(ValidationError, match="LEANBOARD_API_KEY"):
        Settings(host=host)


def test_a_reachable_address_with_a_key_is_accepted():
    assert Settings(host="0.0.0.0", api_key="k" * 32).host == "0.0.0.0"


def test_a_short_key_is_refused():
    with pytest.raises(ValidationError, match="too short"):
        Settings(api_key="short")


def test_the_key_does_not_show_when_settings_are_printed():
    assert "s3cret" not in repr(Settings(api_key="s3cret-s3cret-s3cret"))


def test_lists_are_read_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("LEANBOARD_STRATEGIES", f"{tmp_path}/a:{tmp_path}/b")
    monkeypatch.setenv("LEANBOARD_ALLOWED_HOSTS", "one.example, two.example")
    settings = Settings()
    assert [path.name for path in settings.strategies] == ["a", "b"]
    assert settings.allowed_hosts == ("one.example", "two.example")


@pytest.mark.parametrize(
    ("name", "value"), [("MAX_RUNNING", "0"), ("PORT", "70000"), ("TIMEOUT", "0"), ("MEMORY", "1")]
)
def test_values_out_of_range_name_the_setting(monkeypatch, name, value):
    monkeypatch.setenv(f"LEANBOARD_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


@pytest.mark.parametrize(
    ("default", "most"), [({"memory": 2048}, {"max_memory": 1024}), ({"docker_cpus": 2}, {"max_cpus": 1})]
)
def test_a_default_above_its_own_bound_is_refused(default, most):
    with pytest.raises(ValidationError, match=f"LEANBOARD_{next(iter(most)).upper()}=.* is below"):
        Settings(**default, **most)
    assert Settings(**default)
    assert Settings(**most, **dict.fromkeys(default, next(iter(most.values()))))


def test_only_images_that_may_be_used_are_kept_warm(monkeypatch):
    monkeypatch.setenv("LEANBOARD_ALLOWED_IMAGES", "lean:1,lean:2")
    monkeypatch.setenv("LEANBOARD_WARM_IMAGES", '{"lean:2": 3}')
    assert Settings().warm_images == {"lean:2": 3}
    monkeypatch.setenv("LEANBOARD_WARM_IMAGES", '{"lean:3": 1}')
    with pytest.raises(ValidationError, match="add it to LEANBOARD_ALLOWED_IMAGES"):
        Settings()


def test_urls_of_apprise_are_secrets_separated_by_blanks():
    settings = Settings(
        notify="mailto://user:s3cr3t@example.org  tgram://s3cr3t/1\n", notify_on="batch_failed, run_failed"
    )
    assert settings.notify_urls == ("mailto://user:s3cr3t@example.org", "tgram://s3cr3t/1")
    assert settings.notify_on == (NotifyOn.BATCH_FAILED, NotifyOn.RUN_FAILED)
    assert "s3cr3t" not in repr(settings) + settings.model_dump_json()
    assert Settings().notify_urls == Settings(notify="").notify_urls == ()


@pytest.mark.parametrize("value", ["s3cr3t", "json://there s3cr3t@x", "://s3cr3t", " ".join(["json://s3cr3t"] * 21)])
def test_a_url_that_cannot_be_one_is_refused_without_being_shown(value):
    with pytest.raises(ValidationError) as caught:
        Settings(notify=value)
    assert "s3cr3t" not in str(caught.value)
    assert [error["loc"] for error in caught.value.errors()] == [("notify",)]
