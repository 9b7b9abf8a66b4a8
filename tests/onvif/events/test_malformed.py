"""Sloppy messages that are read all the same, and what is refused."""

import codecs
import contextlib
import time

import pytest

from custom_components.hearthcam.onvif.errors import (
    OnvifAuthError,
    OnvifError,
    OnvifFaultError,
    OnvifResponseError,
)
from custom_components.hearthcam.onvif.events import (
    EventKind,
    parse_notifications,
    parse_properties,
)
from custom_components.hearthcam.onvif.events.parse import MAX_ITEMS, MAX_NOTIFICATIONS

from .payloads import ENVELOPE, items, notification, pulled

K = EventKind
ONE = notification("tns1:VideoSource/MotionAlarm")
PLAIN = pulled(ONE)


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + PLAIN,
        codecs.BOM_UTF16_LE + PLAIN.decode().encode("utf-16-le"),
        b'<?xml version="1.0" encoding="UTF-16"?>' + PLAIN,
        b'<?xml version="1.0" encoding="rubbish"?>' + PLAIN,
        b"\r\n\0\0 " + PLAIN + b"\0\0",
        b"HTTP/1.1 200 OK\r\n\r\n" + PLAIN + b"\r\n<!-- bye -->",
        PLAIN + PLAIN,
        PLAIN.replace(b"000", b"\xff\xfe\x80"),
        PLAIN.replace(b'"000"', b'"a&b"'),
        PLAIN.replace(b"wsnt:", b"").replace(b"tt:", b"zz:"),
        PLAIN.replace(b"SimpleItem", b"simpleItem").replace(b"Name=", b"name="),
        ONE.encode(),
        b"<tt:MetadataStream><tt:Event>"
        + ONE.encode()
        + b"</tt:Event></tt:MetadataStream>",
        ENVELOPE.format(f"<wsnt:Notify>{ONE}</wsnt:Notify>").encode(),
    ],
    ids=range(14),
)
def test_sloppy_xml_is_read(data: bytes) -> None:
    (event,) = parse_notifications(data)
    assert (event.kind, event.active) == (K.MOTION, True)


def test_items_stand_where_firmware_puts_them() -> None:
    parts = items([("State", "true")])
    for body in (
        f"<wsnt:Message><tt:Data>{parts}</tt:Data></wsnt:Message>",
        f"<wsnt:Message><tt:Message>{parts}</tt:Message></wsnt:Message>",
        f"<tt:Data>{parts}</tt:Data>",
        '<wsnt:Message><tt:Message><tt:Data><tt:SimpleItem Name="State">true'
        "</tt:SimpleItem></tt:Data></tt:Message></wsnt:Message>",
    ):
        (event,) = parse_notifications(
            pulled(
                "<wsnt:NotificationMessage><wsnt:Topic>VideoSource/MotionAlarm"
                f"</wsnt:Topic>{body}</wsnt:NotificationMessage>"
            )
        )
        assert (event.kind, event.active) == (K.MOTION, True), body


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   ",
        b"\xff\xfe\x00",
        b"OK",
        b"<html><body>404</body></html>",
        b"<tev:PullMessagesResponse>",
        b"<a></b>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"<!DOCTYPE lolz [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]>" + PLAIN,
        b'<!DOCTYPE a SYSTEM "http://192.0.2.1/x.dtd">' + PLAIN,
        b"<a>" * 100 + b"</a>" * 100,
        b"<a>" + b"<b/>" * 30_000 + b"</a>",
        b"<a>" + b"x" * 1_100_000 + b"</a>",
    ],
    ids=range(13),
)
def test_what_is_no_answer_is_refused_clearly(data: bytes) -> None:
    with pytest.raises(OnvifResponseError):
        parse_notifications(data)
    with pytest.raises(OnvifError):
        parse_properties(data)


def test_faults_are_told_as_faults() -> None:
    fault = (
        "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{}</s:Value>"
        "</s:Subcode></s:Code></s:Fault>"
    )
    with pytest.raises(OnvifFaultError) as error:
        parse_notifications(
            ENVELOPE.format(fault.format("wsrf-rw:ResourceUnknownFault")).encode()
        )
    assert error.value.codes == ("Sender", "ResourceUnknownFault")
    with pytest.raises(OnvifAuthError):
        parse_notifications(ENVELOPE.format(fault.format("ter:NotAuthorized")).encode())


def test_everything_is_bounded() -> None:
    many = "<wsnt:NotificationMessage/>" * (MAX_NOTIFICATIONS + 5)
    assert len(parse_notifications(pulled(many))) == MAX_NOTIFICATIONS
    data = [(f"Item{number}" + "n" * 999, "v" * 9000) for number in range(40)]
    (event,) = parse_notifications(pulled(notification("t" * 5000, data, data)))
    assert len(event.data_items) == len(event.source_items) == MAX_ITEMS
    assert max(len(text) for item in event.data_items for text in item) <= 256
    assert len(event.topic) <= 256
    (event,) = parse_notifications(pulled(notification("a\r\nb/c")))
    assert event.topic == "a b/c"


@pytest.mark.parametrize(
    "data",
    [
        b"<a>" + b"&" * 1_000_000 + b"</a>",
        b"<a>" + b"< " * 500_000 + b"</a>",
        b"<a " + b" ".join(b'a%d="1"' % number for number in range(80_000)) + b"/>",
        b"<TopicSet>" + (b"<a>" * 60 + b"</a>" * 60) * 300 + b"</TopicSet>",
        b"<NotificationMessage>" * 60
        + b"<b/>" * 19_000
        + b"</NotificationMessage>" * 60,
        pulled(notification("Object", [("ClassTypes", "Human " * 150_000)])),
        pulled(notification("/:." * 300_000)),
    ],
    ids=range(7),
)
def test_worst_messages_take_a_moment_only(data: bytes) -> None:
    began = time.process_time()
    for parser in (parse_notifications, parse_properties):
        with contextlib.suppress(OnvifError):
            parser(data)
    assert time.process_time() - began < 2
