"""Inputs for fuzzing: recorded messages, changed at random, the same each time."""

from pathlib import Path
import random
import re

# A little more than what is read of an answer.
_MAX_SIZE = 1_100_000
_WORDS = (
    b"<a>", b"</a>", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?xml version='1.0'?>",
    b"<!DOCTYPE a [<!ENTITY b 'bbbb'>]>", b"&b;", b"&#0;", b"&#x110000;", b"&amp;",
    b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff",
    b"//.", b"0000-00-00T00:00:00Z", b"9999-99-99T99:99:99Z", b"2024-08-17T00:61:16Z",
    b"-1", b"99999999999999999999", b"1e309", b"nan", b"true", b"''", b'""',
    b"encoding='utf-7'", b"encoding='utf-16'", b"encoding='big5'", b"xmlns:x=''",
    b"Value=", b"Name=", b"<SimpleItem", b"/>", b"ClassTypes", b"Human Animal",
    b"tns1:", b"http://[::1]:99999/", b"http://192.168.1.88/onvif/1", "Tür".encode(),
    "\u2028".encode(), b"IsPeople", b"PropertyOperation='Deleted'", b"%00", b"{{",
)  # fmt: skip # a table: a line for each word would be pages of them
_SAFE = (
    b"true", b"0", b"1", b"", b"-1", b"inactive", b"ClassTypes", b"IsVehicle", b"Rule",
    b"Human Animal", b"RuleEngine/X//.", b"tns1:Device/Trigger/Relay", b"Deleted",
    b"0000-00-00T00:00:00Z", b"2024-08-17T00:61:16Z", b"9999-12-31T23:59:59-14:00",
    b"99999999999999999999", b"1e309", b"nan", b"PT0S", b"\xd9\xa3", "Tür".encode(),
    b"http://192.168.1.88:99999/x", b"http://[fe80::1%25eth0]/x", b"Data", b"urn:x",
    b"x" * 5000, b"&#10;&#8232;",
)  # fmt: skip # a table: a line for each word would be pages of them
_TAGS = (
    b"Data", b"Source", b"Message", b"NotificationMessage", b"SimpleItem", b"Topic",
    b"TopicSet", b"Notify", b"Body", b"Envelope", b"Fault", b"Key", b"x" * 300, b"Text",
    b"SubscriptionReference", b"Address", b"TerminationTime", b"CurrentTime", b"topic",
    b"MessageDescription", b"Service", b"XAddr", b"Profiles", b"Probe", b"_",
)  # fmt: skip # a table: a line for each word would be pages of them
_SPOTS = re.compile(rb"(?<==\")[^\"<>]+(?=\")|(?<=>)[^<>\s]+(?=<)")
_NAMES = re.compile(rb"(?<=[<:])[A-Za-z]\w+(?=[ />])")
_ELEMENTS = re.compile(rb"<([\w:.-]+)\b[^<>]*(?:/>|>(?:(?!</\1>).)*?</\1>)", re.DOTALL)
_WRITTEN = (
    b"<NotificationMessage><Topic>tns1:RuleEngine/X//.</Topic><Message><Message UtcTime"
    b"='0000-00-00T00:00:00Z'><Data><SimpleItem Name='State' Value='1'/></Data>"
    b"</Message></Message></NotificationMessage>",
    b"<s:Envelope><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code>"
    b"<s:Reason><s:Text>Not authorised</s:Text></s:Reason></s:Fault></s:Body>"
    b"</s:Envelope>",
    b"<R><SubscriptionReference><Address>http://192.168.1.88:8080/s</Address>"
    b"<ReferenceParameters><d:Id xmlns:d='urn:x'>7</d:Id></ReferenceParameters>"
    b"</SubscriptionReference></R>",
)


def corpus(shared: Path | None) -> list[bytes]:
    """Return the messages that are mutated, in a fixed order."""
    found = list(_WRITTEN)
    if shared is not None:
        found += [
            path.read_bytes()
            for folder in ("soap", "pull", "rtsp")
            for path in sorted((shared / "onvif" / folder).rglob("*"))
            if path.is_file()
        ]
    return found


def mutated(seed: int, number: int, messages: list[bytes]) -> bytes:
    """Return one input; the same for the same seed, number and messages."""
    chance = random.Random(f"{seed} {number}")
    data = bytearray(chance.choice(messages))
    if chance.random() < 0.5:
        # Events most of all: they come all day long.
        told = [message for message in messages if b"NotificationMessage" in message]
        data = bytearray(chance.choice(told))
    # Most stay XML: what is none is refused at the door.
    change = _mutation if chance.random() < 0.35 else _replacement
    for _ in range(min(int(chance.expovariate(0.35)) + 1, 24)):
        data = change(chance, data, messages)[:_MAX_SIZE]
    return bytes(data)


def _replacement(
    chance: random.Random, data: bytearray, messages: list[bytes]
) -> bytearray:
    """Return a message with another value, text, name, or element in it."""
    source = bytes(data)
    spots = list(_SPOTS.finditer(source))
    if not spots:
        return data
    spot = chance.choice(spots)
    match chance.randrange(6):
        case 0:
            value = chance.choice(_WORDS)
        case 1:
            value = chance.choice(_SAFE)
        case 2:
            # A value or name of another message.
            others = list(_SPOTS.finditer(chance.choice(messages)))
            value = chance.choice(others)[0] if others else b""
        case 3:
            value = spot[0] * chance.choice((0, 2, 100))
        case 4:
            # A name everywhere: begin and end of an element stay a pair.
            name = chance.choice(list(_NAMES.finditer(source)) or spots)[0]
            return _replaced(source, name, chance.choice(_TAGS))
        case _:
            # An element with all that is in it, away or again.
            elements = list(_ELEMENTS.finditer(source))
            if not elements:
                return data
            element = chance.choice(elements)
            again = element[0] * chance.choice((0, 2, 20))
            return bytearray(
                source[: element.start()] + again + source[element.end() :]
            )
    return bytearray(source[: spot.start()] + value + source[spot.end() :])


def _mutation(
    chance: random.Random, data: bytearray, messages: list[bytes]
) -> bytearray:
    """Return a message changed in one way."""
    if not data:
        return bytearray(chance.choice(_WORDS))
    start = chance.randrange(len(data))
    end = min(len(data), start + int(chance.expovariate(1 / 40)) + 1)
    match chance.randrange(12):
        case 0:
            data[start] ^= 1 << chance.randrange(8)
        case 1:
            data[start:start] = chance.choice(_WORDS)
        case 2:
            del data[start:end]
        case 3:
            data[start:end] = chance.choice(_WORDS)
        case 4:
            data[start:start] = data[start:end] * chance.choice((1, 2, 8, 60))
        case 5:
            del data[start:]
        case 6:
            other = chance.choice(messages)
            cut = chance.randrange(len(other) + 1)
            data[start:] = other[cut:]
        case 7:
            data[start:end] = chance.randbytes(end - start)
        case 8:
            # A whole element twice, or a tag taken away.
            tag = data.find(b"<", start)
            close = data.find(b">", tag)
            if 0 <= tag < close:
                if chance.random() < 0.5:
                    del data[tag : close + 1]
                else:
                    data[close + 1 : close + 1] = data[tag : close + 1] * 3
        case 9:
            data = _replaced(bytes(data), chance.choice(_WORDS), chance.choice(_WORDS))
        case 10:
            quote = data.find(b'"', start)
            if quote >= 0:
                data[quote + 1 : quote + 1] = chance.choice(_WORDS)
        case _:
            encoding = chance.choice(("utf-16", "utf-16-be", "utf-32", "cp037"))
            if chance.random() < 0.05:
                text = bytes(data).decode("latin-1")
                data = bytearray(text.encode(encoding, errors="replace"))
            elif chance.random() < 0.05:
                data = bytearray(b"<a>" * 500) + data
    return data


def _replaced(source: bytes, old: bytes, new: bytes) -> bytearray:
    """Return a message with other words, unless that makes it huge."""
    if source.count(old) * len(new) > _MAX_SIZE:
        return bytearray(source)
    return bytearray(source.replace(old, new))
