"""Dates, cash and parameters of a request take effect in strategies that set their own; the result says so."""

import json
import subprocess
import sys


def test_dates_and_cash_take_effect(make_service):
    service = make_service().start()
    run = service.submit("quick", start_date="2013-10-08", end_date="2013-10-09", initial_cash=5000)
    ended = service.until_ended(run["id"])
    result = service.result(ended["timestamp"])
    assert result["statistics"]["lean"]["Start Equity"] == "5000"
    assert result["applied"]["effective"] == {
        "start_date": "2013-10-08",
        "end_date": "2013-10-09",
        "initial_cash": "5000",
    }
    assert {point["time"][:10] for point in result["equity"]} <= {"2013-10-08", "2013-10-09", "2013-10-10"}


def test_a_parameter_that_nobody_reads_is_said(make_service):
    service = make_service().start()
    ended = service.until_ended(service.submit("quick", parameters={"fast": 3})["id"])
    applied = service.result(ended["timestamp"])["applied"]
    assert "does not read" in applied["ignored"]["parameters.fast"]


def test_results_with_and_without_the_guests_frames_are_the_same(make_service, tmp_path):
    service = make_service().start()
    ended = service.until_ended(service.submit("quick")["id"])
    through_service = service.result(ended["timestamp"])["statistics"]["lean"]
    folder = service.home / "results" / ended["timestamp"]
    config = json.loads((folder / "config.json").read_text())
    config["algorithm-location"] = str(folder / "code" / "main.py")
    config["results-destination-folder"] = str(tmp_path / "plain")
    (tmp_path / "plain").mkdir()
    (tmp_path / "config.json").write_text(json.dumps(config))
    subprocess.run([sys.executable, "-m", "minilean", "--config", str(tmp_path / "config.json")], check=True)
    plain = json.loads((tmp_path / "plain" / f"{config['algorithm-id']}.json").read_text())
    assert plain["statistics"] == through_service
