"""What the API tells of the inventory."""

from __future__ import annotations

from api_server import Api


def test_inventory_is_listed_in_pages_and_each_object_is_told_whole(api: Api, tokens: dict[str, str]) -> None:
    """Pages in the order of ids hold every object once; an id gives all of one."""
    token = tokens["viewer"]
    whole = api.get("/inventory", token, env_name="blue", page_size=10_000)["objects"]
    pages = [
        found
        for page in range(len(whole) // 7 + 2)
        for found in api.get("/inventory", token, env_name="blue", page=page, page_size=7)["objects"]
    ]
    assert pages == whole
    assert [found["id"] for found in whole] == sorted({found["id"] for found in whole})
    instance = next(found for found in whole if found["type"] == "instance")
    told = api.get("/inventory", token, env_name="blue", id=instance["id"])
    assert {name: told[name] for name in instance} == instance
    assert told["mac_address"]
