"""The documentation works on a machine without internet."""

import re

from api.serving import Served


def test_the_page_and_all_it_loads_come_from_the_service_itself(served: Served):
    page = served.client.get("/docs")
    assert page.status_code == 200
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert loaded
    for address in loaded:
        assert address.startswith("/"), f"{address} lies elsewhere"
        assert served.client.get(address).status_code == 200
