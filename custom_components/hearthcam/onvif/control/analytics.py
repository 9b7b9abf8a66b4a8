"""What a camera's analytics are set up to find (Analytics service 2.0); read only."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from ..device import OnvifCamera
from ..services import ANALYTICS
from ..xmltree import find, find_all

MAX_RULES = 128
MAX_PARAMETERS = 64


@dataclass(frozen=True, slots=True)
class AnalyticsRule:
    """A module or rule: its name, type without prefix, and simple parameters."""

    name: str
    type: str
    parameters: tuple[tuple[str, str], ...] = ()


def read_rules(message: Element) -> tuple[AnalyticsRule, ...]:
    """Return the rules of a GetRulesResponse, or the modules of its sister."""
    found = []
    elements = find_all(message, "Rule") + find_all(message, "AnalyticsModule")
    for element in elements[:MAX_RULES]:
        items = find_all(find(element, "Parameters"), "SimpleItem")[:MAX_PARAMETERS]
        found.append(
            AnalyticsRule(
                element.get("Name", "")[:128],
                element.get("Type", "").rpartition(":")[2][:128],
                tuple(
                    (item.get("Name", "")[:128], item.get("Value", "")[:512])
                    for item in items
                ),
            )
        )
    return tuple(found)


async def analytics_rules(
    camera: OnvifCamera, configuration: str
) -> tuple[AnalyticsRule, ...]:
    """Return the rules of a video analytics configuration; raises as `OnvifCamera`."""
    body = f"<ConfigurationToken>{escape(configuration)}</ConfigurationToken>"
    return read_rules(await camera.call(ANALYTICS, "GetRules", body))


async def analytics_modules(
    camera: OnvifCamera, configuration: str
) -> tuple[AnalyticsRule, ...]:
    """Return the modules of a video analytics configuration; raises likewise."""
    body = f"<ConfigurationToken>{escape(configuration)}</ConfigurationToken>"
    return read_rules(await camera.call(ANALYTICS, "GetAnalyticsModules", body))
