"""CloudWatch dashboards, as the JSON that the console draws."""

import json

from compiler import conventions as names
from compiler.catalog.catalog import Watched
from compiler.cloud.cloudwatch import dimensions
from compiler.model.base import seconds
from compiler.model.dashboards import CloudWatchDashboard, Widget, WidgetMetric
from compiler.target import Target

_COLUMNS = 24
_MINUTE = 60
_HEADING_HEIGHT, _WIDGET_HEIGHT = 1, 6


def dashboard_body(watched: Watched, dashboard: CloudWatchDashboard, target: Target) -> str:
    """Return the body of a dashboard; `{account}` stays for the component, which knows the account."""
    widgets: list[dict[str, object]] = []
    y = 0
    for section in dashboard.sections:
        text = {"markdown": f"## {section.title}"}
        widgets.append(_place("text", 0, y, _COLUMNS, _HEADING_HEIGHT, text))
        y += _HEADING_HEIGHT
        x = 0
        for widget in section.widgets:
            if x + widget.width > _COLUMNS:
                x, y = 0, y + _WIDGET_HEIGHT
            properties = _widget(watched, widget, target)
            widgets.append(_place("metric", x, y, widget.width, _WIDGET_HEIGHT, properties))
            x += widget.width
        y += _WIDGET_HEIGHT
    body = {"start": f"-PT{seconds(dashboard.window) // _MINUTE}M", "periodOverride": "inherit", "widgets": widgets}
    return json.dumps(body, ensure_ascii=False, sort_keys=True)


def _place(kind: str, x: int, y: int, width: int, height: int, properties: object) -> dict[str, object]:
    return {"type": kind, "x": x, "y": y, "width": width, "height": height, "properties": properties}


def _widget(watched: Watched, widget: Widget, target: Target) -> dict[str, object]:
    properties: dict[str, object] = {
        "title": widget.title,
        "view": widget.view,
        "region": target.region,
        "period": seconds(widget.period),
        "metrics": [_line(watched, line, target) for line in widget.metrics],
    }
    if widget.view == "timeSeries":
        properties |= {"stacked": False, "yAxis": {"left": {"label": widget.axis or "", "min": 0, "showUnits": False}}}
    return properties


def _line(watched: Watched, line: WidgetMetric, target: Target) -> list[object]:
    options: dict[str, object] = {"id": line.id, "label": line.label, "visible": not line.hidden}
    if line.metric is None:
        return [{**options, "expression": line.expression}]
    metric = watched.cloudwatch_metric(line.metric)
    pairs = [part for pair in dimensions(metric.dimensions, target).items() for part in pair]
    if metric.region:
        options["region"] = metric.region
    return [metric.namespace, names.resolve(metric.name, target), *pairs, {**options, "stat": line.statistic}]
