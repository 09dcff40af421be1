"""Write a small database of places in MaxMind's format (https://maxmind.github.io/MaxMind-DB/), for tests."""

import ipaddress
from typing import Any

_RECORD_BYTES = 3
_SEPARATOR = bytes(16)
_MARK = b"\xab\xcd\xefMaxMind.com"


def database(networks: dict[str, dict[str, Any]]) -> bytes:
    """Return the file's bytes; networks must not overlap."""
    data, places = b"", {}
    for network, record in networks.items():
        places[network] = len(data)
        data += _encoded(record)
    nodes = _tree(list(networks))
    tree = b"".join(_number(side, nodes, places) for node in nodes for side in node)
    about = {
        "node_count": len(nodes),
        "record_size": _RECORD_BYTES * 8,
        "ip_version": 6,
        "database_type": "Test",
        "languages": ["en"],
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": 1,
        "description": {"en": "made by tests"},
    }
    return tree + _SEPARATOR + data + _MARK + _encoded(about)


def _tree(networks: list[str]) -> list[list[int | str | None]]:
    """Return the binary tree: a node has for the next bit 0 and 1 a node's number, a network's name or nothing."""
    nodes: list[list[int | str | None]] = [[None, None]]
    for network in networks:
        parsed = ipaddress.ip_network(network)
        short = 96 if parsed.version == 4 else 0
        bits = f"{int(parsed.network_address):0128b}"[: parsed.prefixlen + short]
        at = 0
        for bit in bits[:-1]:
            side = nodes[at][int(bit)]
            if not isinstance(side, int):
                side = len(nodes)
                nodes[at][int(bit)] = side
                nodes.append([None, None])
            at = side
        nodes[at][int(bits[-1])] = network
    return nodes


def _number(side: int | str | None, nodes: list[list[int | str | None]], places: dict[str, int]) -> bytes:
    """Return a node's own number, the count of nodes for nothing, or beyond it for a place in the data."""
    if isinstance(side, str):
        value = len(nodes) + len(_SEPARATOR) + places[side]
    else:
        value = len(nodes) if side is None else side
    return value.to_bytes(_RECORD_BYTES, "big")


def _encoded(value: Any) -> bytes:
    match value:
        case str():
            text = value.encode()
            return _control(2, len(text)) + text
        case int():
            number = value.to_bytes(8, "big").lstrip(b"\0")
            # Extended types, by their number less 7: unsigned 32 and 64 bits are 6 and 9.
            return _control(6, len(number)) + number
        case dict():
            return _control(7, len(value)) + b"".join(_encoded(key) + _encoded(value[key]) for key in value)
        case list():
            return bytes([len(value), 11 - 7]) + b"".join(_encoded(item) for item in value)
    raise TypeError(type(value))


def _control(kind: int, size: int) -> bytes:
    if size < 29:
        return bytes([kind << 5 | size])
    return bytes([kind << 5 | 29, size - 29])
