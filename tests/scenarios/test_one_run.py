"""A short run on the embedded engine of a real service, and all that can be asked about it afterwards."""

import csv
import io
import json
import zipfile

import pytest

from api.api_fakes import API

pytestmark = pytest.mark.timeout(120)


def test_run_and_read(make_service):
    service = make_service(warm_embedded=0).start()
    client = service.client
    answer = client.post(f"{API}/run_sync?wait=60", json={"strategy_name": "quick", "engine": "embedded"}, timeout=70)
    assert answer.status_code == 200, answer.text
    result = answer.json()
    place = f"{API}/results/{result['timestamp']}"
    directory = service.home / "results" / result["timestamp"]
    name = f"{result['run']['id']}-1.json"

    full = client.get(f"{place}/full_results")
    assert full.json()["lean"] == json.loads((directory / name).read_text())
    assert full.json()["result"] == {**result, "equity": []}
    assert client.get(f"{place}/full_results", headers={"if-none-match": full.headers["etag"]}).status_code == 304
    assert client.get(f"{place}/equity").json()["equity"][-1] == result["equity"][-1]
    assert client.get(f"{place}/statistics").json()["statistics"] == result["statistics"]
    for chart in client.get(f"{place}/charts").json()["charts"]:
        for series in chart["series"]:
            found = client.get(f"{place}/series/{chart['name']}/{series['name']}").json()
            assert (found["series"], len(found["points"])) == (series, series["points"])
    orders = client.get(f"{place}/orders").json()
    assert orders["total"] == result["statistics"]["total_orders"]
    rows = list(csv.DictReader(io.StringIO(client.get(f"{place}/orders?format=csv").text)))
    assert [row["id"] for row in rows] == [str(order["id"]) for order in orders["items"]]

    files = client.get(f"{place}/files?page_size=200").json()
    paths = {file["path"] for file in files["items"]}
    assert {"run.json", "log.txt", name, "code/main.py"} <= paths
    assert client.get(f"{place}/files/{name}").content == (directory / name).read_bytes()
    with zipfile.ZipFile(io.BytesIO(client.get(f"{place}/archive.zip").content)) as archive:
        assert {entry.partition("/")[2] for entry in archive.namelist()} == paths
        for path in paths:
            assert archive.read(f"{result['timestamp']}/{path}") == (directory / path).read_bytes()
    assert client.get(f"{place}/logs?query=Analysis Complete").json()["lines"]

    (directory / name).write_text('{"charts": {')
    assert client.get(f"{place}/trades").json()["code"] == "result_unreadable"
    assert client.get(f"{place}/full_results").status_code == 409
    assert client.get(f"{place}/files/{name}").text == '{"charts": {'
    assert "is not valid JSON" in client.get(place).json()["problem"]
